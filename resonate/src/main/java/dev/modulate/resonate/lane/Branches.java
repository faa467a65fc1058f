package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.store.PromiseStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The first promises of each branch whose owner, the promise that the branch is named after, is pending. After a restart
 * a branch is read from the store when somebody asks for it, unless that is a round trip. Guarded by the lane's lock.
 */
final class Branches {
    /** Records that are looked at in the store for one branch. */
    private static final int RECORDS_MAX = 100;

    private final int membersMax;
    private final Map<String, List<String>> members = new HashMap<>();
    private final Set<String> unread = new HashSet<>();

    /** @param membersMax ids to remember of each branch */
    Branches(int membersMax) {
        this.membersMax = membersMax;
    }

    /** A promise came to be whose branch is another, pending promise. */
    void join(String branch, String id) {
        var ids = members.computeIfAbsent(branch, any -> new ArrayList<>(4));
        if (ids.size() < membersMax && !ids.contains(id)) {
            ids.add(id);
        }
    }

    /** A branch is older than this process, and somebody has worked on it. */
    void recovered(Entry owner) {
        if (owner.task() != null
                && owner.task().version() > 0
                && owner.id().equals(owner.origin().tags().get(Tags.BRANCH))) {
            unread.add(owner.id());
        }
    }

    List<String> of(String branch, PromiseStore store) {
        if (!unread.isEmpty() && unread.remove(branch) && !store.remote()) {
            var joined = members.remove(branch);
            read(branch, store);
            if (joined != null) {
                joined.forEach(id -> join(branch, id));
            }
        }
        return members.getOrDefault(branch, List.of());
    }

    /** By convention ids of a branch start with its name. */
    private void read(String branch, PromiseStore store) {
        try (var scan = store.scan(branch, false)) {
            for (int read = 0; read < RECORDS_MAX; read++) {
                var entry = scan.next();
                if (entry == null || !entry.id().startsWith(branch)) {
                    return;
                }
                if (branch.equals(entry.origin().tags().get(Tags.BRANCH))) {
                    join(branch, entry.id());
                }
            }
        }
    }

    void settled(String owner) {
        members.remove(owner);
        unread.remove(owner);
    }

    void clear() {
        members.clear();
        unread.clear();
    }
}
