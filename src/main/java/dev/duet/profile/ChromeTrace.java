package dev.duet.profile;

import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The last recorded step of a profile in the Trace Event Format, which Perfetto and chrome://tracing read: complete events
 * (ph X) with ts and dur in microseconds, a track per shard and one for the ops of the whole batch.
 */
final class ChromeTrace {
    private static final int PROCESS = 1;
    private static final JsonMapper JSON = JsonMapper.shared();

    private ChromeTrace() {}

    static String of(Profile profile) {
        ObjectNode root = JSON.createObjectNode().put("displayTimeUnit", "ms");
        ArrayNode events = root.putArray("traceEvents");
        name(events.addObject(), "process_name", profile.title() + " on " + profile.device());
        profile.events().stream()
                .map(Profile.Event::shard)
                .distinct()
                .sorted()
                .forEach(shard ->
                        name(events.addObject(), "thread_name", track(shard)).put("tid", tid(shard)));
        profile.events().forEach(event -> complete(events.addObject(), event));
        return JSON.writeValueAsString(root);
    }

    private static String track(int shard) {
        return shard == ProfiledBackend.NO_SHARD ? "batch" : "shard " + shard;
    }

    private static int tid(int shard) {
        return shard + 1; // tracks count from 0
    }

    private static ObjectNode name(ObjectNode node, String what, String name) {
        node.put("ph", "M").put("pid", PROCESS).put("name", what);
        node.putObject("args").put("name", name);
        return node;
    }

    private static void complete(ObjectNode node, Profile.Event event) {
        node.put("ph", "X")
                .put("pid", PROCESS)
                .put("tid", tid(event.shard()))
                .put("name", event.name() + " " + event.what())
                .put("cat", event.direction().name().toLowerCase(Locale.ROOT))
                .put("ts", event.beginNanos() * 1e-3)
                .put("dur", event.nanos() * 1e-3)
                .putObject("args")
                .put("flop", event.cost().flop())
                .put("bytes", event.cost().bytes());
    }
}
