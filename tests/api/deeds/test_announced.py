"""Real signals of a running server, posted to whoever asked for them."""

import json

import httpx

from places import place, replying
from server import Running, until


def test_what_the_engine_told_is_posted_once(live: Running) -> None:
    engine, made = live.made.engine, live.made
    with place(replying(204)) as there:
        url = f"http://127.0.0.1:{there.port}/all"
        asked = {"url": url, "events": ["signal.new", "signal.amended"]}
        hook = httpx.post(f"{live.url}/v1/webhooks", json=asked, headers=live.headers)
        assert hook.status_code == 200
        with made.post.courier, made.herald:
            told = engine.log.end
            assert told
            until(lambda: len(there.requests) >= told, 20)
        mine = f"{live.url}/v1/webhooks/{hook.json()['id']}"
        assert httpx.delete(mine, headers=live.headers).status_code == 200
    bodies = [json.loads(one.body) for one in there.requests]
    ids = [body["data"]["id"] for body in bodies]
    assert len(set(ids)) == len(ids) >= told
    _, frames = engine.log.read(0, told)
    pushed = {json.loads(frame.body)["id"] for frame in frames}
    assert pushed <= {*ids}
    (body,) = (one for one in bodies if one["data"]["id"] == ids[0])
    assert {"score_breakdown", "enrichment", "radar"} <= body["data"].keys()
