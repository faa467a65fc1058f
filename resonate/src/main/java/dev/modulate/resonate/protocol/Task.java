package dev.modulate.resonate.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The task of a promise with a target: who works on it, fenced by a version.
 *
 * @param version grows by one with each acquisition and with nothing else
 * @param ttlMillis length of the lease; only while acquired
 * @param pid owner of the lease; only while acquired
 */
public record Task(
        String id,
        TaskState state,
        long version,
        int resumes,
        @Nullable Long ttlMillis,
        @Nullable String pid) {}
