//! Section 7: customers.

use serde_json::json;

use super::client::Shop;

#[tokio::test]
async fn s_a_customer_is_found_by_address_or_the_list_is_empty() {
    let shop = Shop::open().await;
    let empty = shop.get("/api/customers?email=jane@example.com").await.json();
    assert_eq!(empty["data"], json!([]));
    shop.ticket("h-1").await;
    let found = shop.get("/api/customers?email=JANE@example.com").await.json();
    assert_eq!(found["data"][0]["email"], "jane@example.com");
    assert_eq!(shop.get("/api/customers?phone=1").await.invalid(), json!({"phone": ["Unknown field."]}));
}

#[tokio::test]
async fn d_a_duplicate_address_is_409() {
    let shop = Shop::open().await;
    let jane = json!({"email": "jane@example.com", "name": "Jane"});
    let made = shop.post("/api/customers", &jane).await;
    assert_eq!(made.status, 201);
    let again = shop.post("/api/customers", &jane).await;
    assert_eq!(again.status, 409);
    assert_eq!(again.json(), json!({"error": {"msg": "The resource already exists."}}));
    assert_eq!(shop.get(&format!("/api/customers/{}", made.id())).await.json()["name"], "Jane");
}
