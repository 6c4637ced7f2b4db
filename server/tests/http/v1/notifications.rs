use crate::support::{TestApp, problem};
use serde_json::{Value, json};

#[tokio::test]
async fn team_address_can_be_set_and_cleared() {
    let app = TestApp::start().await;
    let put = |body: Value| app.put("/v1/notifications").bearer_auth(app.owner()).json(&body).send();
    let set = put(json!({"email": "team@shop.example"})).await.unwrap();
    assert_eq!(set.status(), 200);
    assert_eq!(
        set.json::<Value>().await.unwrap(),
        json!({"email": "team@shop.example", "no_ticket_after_minutes": 15})
    );
    for (body, field) in
        [(json!({"email": "nobody"}), "email"), (json!({}), "email"), (json!({"mail": null}), "mail")]
    {
        let wrong = problem(put(body).await.unwrap(), 400).await;
        assert_eq!(wrong["errors"][0]["field"], field, "{wrong}");
    }
    let read = app.get("/v1/notifications").bearer_auth(app.owner()).send().await.unwrap();
    assert_eq!(
        read.json::<Value>().await.unwrap(),
        json!({"email": "team@shop.example", "no_ticket_after_minutes": 15}),
        "unchanged"
    );
    assert_eq!(
        put(json!({"email": null})).await.unwrap().json::<Value>().await.unwrap(),
        json!({"email": null, "no_ticket_after_minutes": 15})
    );
}

#[tokio::test]
async fn no_ticket_minutes_can_be_set_disabled_and_omitted() {
    let app = TestApp::start().await;
    let put = |body: Value| app.put("/v1/notifications").bearer_auth(app.owner()).json(&body).send();
    for (minutes, then) in [(json!(1), json!(1)), (json!(1_440), json!(1_440)), (json!(null), json!(null))] {
        let set =
            put(json!({"email": "team@shop.example", "no_ticket_after_minutes": minutes})).await.unwrap();
        assert_eq!(set.status(), 200);
        assert_eq!(set.json::<Value>().await.unwrap()["no_ticket_after_minutes"], then);
    }
    put(json!({"email": "team@shop.example", "no_ticket_after_minutes": 7})).await.unwrap();
    let left = put(json!({"email": "new@shop.example"})).await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(left, json!({"email": "new@shop.example", "no_ticket_after_minutes": 7}));
    for wrong in [json!(0), json!(1_441), json!(-1), json!(1.5), json!("15")] {
        let form = json!({"email": "other@shop.example", "no_ticket_after_minutes": wrong});
        let refused = problem(put(form).await.unwrap(), 400).await;
        assert_eq!(refused["errors"][0]["field"], "no_ticket_after_minutes", "{refused}");
    }
    let read = app.get("/v1/notifications").bearer_auth(app.owner()).send().await.unwrap();
    let read = read.json::<Value>().await.unwrap();
    assert_eq!(read, json!({"email": "new@shop.example", "no_ticket_after_minutes": 7}), "unchanged");
}
