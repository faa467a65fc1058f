package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Schedule;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** What is stored now. */
public interface View {
    @Nullable
    Entry find(String id);

    /** Every schedule by its id. */
    default NavigableMap<String, Schedule> schedules() {
        return Collections.emptyNavigableMap();
    }

    /** Ids of promises with this branch tag, as many as are at hand. */
    default List<String> branch(String branch) {
        return List.of();
    }
}
