//! A list that seldom has more than one item.

/// None, one or more items: one lies in place, more are elsewhere. Where the item has an unused
/// bit pattern the list is no larger than the item.
#[derive(Clone, Debug)]
pub(crate) enum Few<T> {
    /// One.
    One(T),
    /// None, or more than one at some time.
    #[expect(
        clippy::box_collection,
        reason = "one pointer, because most lists never have a second item"
    )]
    Rest(Option<Box<Vec<T>>>),
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::Rest(None)
    }
}

impl<T> Few<T> {
    /// The items.
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => core::slice::from_ref(item),
            Self::Rest(None) => &[],
            Self::Rest(Some(items)) => items,
        }
    }

    /// The items, to change them.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::One(item) => core::slice::from_mut(item),
            Self::Rest(None) => &mut [],
            Self::Rest(Some(items)) => items,
        }
    }

    /// The items in order.
    pub(crate) fn iter(&self) -> core::slice::Iter<'_, T> {
        self.as_slice().iter()
    }

    /// The items in order, to change them.
    pub(crate) fn iter_mut(&mut self) -> core::slice::IterMut<'_, T> {
        self.as_mut_slice().iter_mut()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an item at the end.
    pub(crate) fn push(&mut self, item: T) {
        *self = match core::mem::take(self) {
            Self::Rest(None) => Self::One(item),
            Self::One(first) => Self::Rest(Some(Box::new(vec![first, item]))),
            Self::Rest(Some(mut items)) => {
                items.reserve_exact(1);
                items.push(item);
                Self::Rest(Some(items))
            }
        };
    }

    /// Takes out the first item that is meant.
    pub(crate) fn take_if(&mut self, is_meant: impl FnMut(&T) -> bool) -> Option<T> {
        let index = self.iter().position(is_meant)?;
        let (taken, rest) = match core::mem::take(self) {
            Self::One(item) => (Some(item), Self::default()),
            Self::Rest(None) => (None, Self::default()),
            Self::Rest(Some(mut items)) => {
                let taken = items.swap_remove(index);
                let rest = match items.len() {
                    0 | 1 => items.pop().map_or_else(Self::default, Self::One),
                    _ => Self::Rest(Some(items)),
                };
                (Some(taken), rest)
            }
        };
        *self = rest;
        taken
    }
}

#[cfg(test)]
mod tests;
