/// The numbers and texts of a row, by their columns.
fn columns(row: &Row<'_>) -> String {
    let columns = row.as_ref().column_names().into_iter().filter_map(|column| {
        let value = match row.get(column).ok()? {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text,
            _ => return None,
        };
        Some(format!("{column}={value}"))
    });
    columns.collect::<Vec<_>>().join(" ")
}
