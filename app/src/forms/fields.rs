//! The fields of a posted form.

/// The fields by name, in the order of the form.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// Takes the last field with this name: a pressed button comes after a hidden field of the same name.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().rposition(|(field, _)| field == name)?;
        // `remove` keeps the order, which matters to fields that share a name.
        Some(self.0.remove(at).1)
    }

    /// Takes the last field with this name as text. Empty if there is none.
    pub(super) fn text(&mut self, name: &str) -> String {
        self.take(name).unwrap_or_default()
    }

    /// Takes every field with this name, in the order of the form.
    pub(super) fn take_all(&mut self, name: &str) -> Vec<String> {
        let (found, rest): (Vec<_>, _) =
            std::mem::take(&mut self.0).into_iter().partition(|(field, _)| field == name);
        self.0 = rest;
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// Returns whether a checkbox with this name was checked.
    pub(super) fn ticked(&mut self, name: &str) -> bool {
        self.take(name).is_some()
    }
}
