//! Parts of an account that have only a name, such as its teams.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, post},
};
use serde::Deserialize;
use serde_json::json;

use super::{Problem, account};
use crate::{product::Product, surface::Site};

/// The part to add.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
}

/// Returns the routes `POST /{parts}`, which adds a part by its name, and `DELETE /{parts}/{id}`.
pub fn named<P: Product>(
    parts: &str,
    add: fn(&mut P::Account, &str) -> u64,
    remove: fn(&mut P::Account, u64),
) -> Router<Site<P>> {
    let add =
        async move |State(site): State<Site<P>>, Path(subdomain): Path<String>, Json(new): Json<New>| {
            let id = account(&site.world, &subdomain, |account, _| add(account, &new.name))?;
            Ok::<_, Problem>((StatusCode::CREATED, Json(json!({"id": id, "name": new.name}))))
        };
    let remove = move |State(site): State<Site<P>>, Path((subdomain, id)): Path<(String, u64)>| async move {
        account(&site.world, &subdomain, |account, _| remove(account, id))?;
        Ok::<_, Problem>(StatusCode::NO_CONTENT)
    };
    Router::new().route(&format!("/{parts}"), post(add)).route(&format!("/{parts}/{{id}}"), delete(remove))
}
