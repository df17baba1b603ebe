//! What an application shares between all its jobs: one value a type. Knows nothing of jobs.

use std::any::{Any, TypeId};
use std::collections::HashMap;

/// One shared value for each type, set before the server starts and only read after.
#[derive(Default)]
pub(crate) struct StateMap(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl StateMap {
    /// Keeps `value`; false when a value of its type was there already.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) -> bool {
        self.0.insert(TypeId::of::<T>(), Box::new(value)).is_none()
    }

    pub(crate) fn find<T: 'static>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }
}
