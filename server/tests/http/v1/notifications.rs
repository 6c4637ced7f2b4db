use crate::support::{TestApp, problem};
use serde_json::{Value, json};

#[tokio::test]
async fn the_teams_address_is_set_and_cleared() {
    let app = TestApp::start().await;
    let put = |body: Value| app.put("/v1/notifications").bearer_auth(app.owner()).json(&body).send();
    let set = put(json!({"email": "team@shop.example"})).await.unwrap();
    assert_eq!(set.status(), 200);
    assert_eq!(set.json::<Value>().await.unwrap(), json!({"email": "team@shop.example"}));
    for (body, field) in
        [(json!({"email": "nobody"}), "email"), (json!({}), "email"), (json!({"mail": null}), "mail")]
    {
        let wrong = problem(put(body).await.unwrap(), 400).await;
        assert_eq!(wrong["errors"][0]["field"], field, "{wrong}");
    }
    let read = app.get("/v1/notifications").bearer_auth(app.owner()).send().await.unwrap();
    assert_eq!(read.json::<Value>().await.unwrap(), json!({"email": "team@shop.example"}), "unchanged");
    assert_eq!(
        put(json!({"email": null})).await.unwrap().json::<Value>().await.unwrap(),
        json!({"email": null})
    );
}
