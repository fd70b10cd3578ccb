"""Exchanges as the viewer's API tells them, out of the messages of a session."""


def exchanges_of(entries):
    """Exchanges as the API gives them, from their messages."""
    found = {}
    for entry in entries:
        number = entry.get("exchange")
        if number is None:
            continue
        if number not in found:
            found[number] = {
                "exchange": number, "asker": "client" if entry.get("dir") == "c2s" else "server",
                "id": entry.get("id"), "method": entry.get("method", ""), "era": "legacy",
                "status": "pending", "start_us": entry["t_us"], "request_bytes": entry["bytes"],
                "response_bytes": 0, "request_seq": entry["seq"], "progress": 0,
            }
            if "name" in entry:
                found[number]["name"] = entry["name"]
            relate(found, found[number], entry)
            continue
        exchange = found[number]
        since = entry["t_us"] - exchange["start_us"]
        if entry["kind"] == "response":
            answer(exchange, entry, since)
        elif entry.get("method") == "notifications/cancelled":
            exchange["status"] = "cancelled"
        else:
            exchange["progress"] += 1
            exchange.setdefault("first_event_us", since)
    return [found[number] for number in sorted(found)]


def relate(found, exchange, entry):
    """What a request belongs to: the only exchange in flight that may ask back, the operation it goes on."""
    earlier = [other for other in found.values() if other is not exchange and other["asker"] == "client"]
    open_ones = [other for other in earlier if other["status"] == "pending"]
    if exchange["asker"] == "server" and len(open_ones) == 1:
        exchange["parent"] = open_ones[0]["exchange"]
    params = entry.get("msg", {}).get("params") if isinstance(entry.get("msg"), dict) else None
    state = params.get("requestState") if isinstance(params, dict) else None
    if exchange["asker"] == "client" and state is not None:
        for other in earlier:
            if other.get("state") == state:
                exchange["chain"] = other.setdefault("chain", other["exchange"])


def answer(exchange, entry, since):
    message = entry.get("msg")
    message = message if isinstance(message, dict) else {}
    result = message.get("result")
    if isinstance(result, dict) and isinstance(result.get("resultType"), str):
        exchange["result_type"] = result["resultType"]
        exchange["state"] = result.get("requestState")
    late = exchange["status"] == "cancelled"
    exchange.update(duration_us=since, response_bytes=entry["bytes"], response_seq=entry["seq"], status="ok")
    exchange.setdefault("first_event_us", since)
    if "error" in message:
        error = message["error"] if isinstance(message["error"], dict) else {}
        exchange.update(status="error", error={"code": error.get("code"), "message": error.get("message")})
    elif isinstance(message.get("result"), dict) and message["result"].get("isError") is True:
        exchange["status"] = "tool_error"
    if late:
        exchange["status"] = "late"
