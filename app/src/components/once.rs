//! Views that wait for data, built once by the server.
//!
//! Leptos walks the content of a `Suspense` several times to find what it waits for, and a closure would build the view
//! each time. Only a browser needs the closure.

#[cfg(not(feature = "ssr"))]
use leptos::prelude::*;

/// Calls the closure and returns its view. In a browser it returns the closure, to run again when a signal changes.
#[cfg(feature = "ssr")]
pub fn once<V>(make: impl FnOnce() -> V) -> V {
    make()
}

/// Returns the closure, which runs again when a signal that it read changes. The server calls it once instead.
#[cfg(not(feature = "ssr"))]
pub fn once<V, F: Fn() -> V>(make: F) -> F {
    make
}

/// A view that waits for nothing.
#[cfg(not(feature = "ssr"))]
pub type Whole = AnyView;

/// Marks a view that waits for nothing, so that it need not be walked.
#[cfg(not(feature = "ssr"))]
pub fn whole(view: AnyView) -> Whole {
    view
}

#[cfg(feature = "ssr")]
pub use server::{Whole, whole};

#[cfg(feature = "ssr")]
mod server {
    use leptos::prelude::*;
    use leptos::tachys::html::attribute::Attribute;
    use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
    use leptos::tachys::hydration::Cursor;
    use leptos::tachys::ssr::StreamBuilder;
    use leptos::tachys::view::add_attr::AddAnyAttr;
    use leptos::tachys::view::{Position, PositionState, Render, RenderHtml};

    /// A view that waits for nothing.
    pub struct Whole(AnyView);

    /// Marks a view that waits for nothing, so that it need not be walked.
    pub fn whole(view: AnyView) -> Whole {
        Whole(view)
    }

    impl Render for Whole {
        type State = <AnyView as Render>::State;

        fn build(self) -> Self::State {
            self.0.build()
        }

        fn rebuild(self, state: &mut Self::State) {
            self.0.rebuild(state);
        }
    }

    impl AddAnyAttr for Whole {
        type Output<A: Attribute> = <AnyView as AddAnyAttr>::Output<A>;

        fn add_any_attr<A: Attribute>(self, attribute: A) -> Self::Output<A>
        where
            Self::Output<A>: RenderHtml,
        {
            self.0.add_any_attr(attribute)
        }
    }

    impl RenderHtml for Whole {
        type AsyncOutput = Self;
        type Owned = Self;

        const MIN_LENGTH: usize = AnyView::MIN_LENGTH;

        /// Empty: the default would run every closure of the page.
        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> Self {
            self
        }

        fn html_len(&self) -> usize {
            self.0.html_len()
        }

        fn to_html_with_buf(
            self,
            buf: &mut String,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
        }

        fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
            self,
            buf: &mut StreamBuilder,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0.to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
        }

        fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
            self.0.hydrate::<FROM_SERVER>(cursor, position)
        }

        fn into_owned(self) -> Self {
            self
        }
    }
}
