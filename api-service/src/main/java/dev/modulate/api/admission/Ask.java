package dev.modulate.api.admission;

import dev.modulate.api.admission.Lifetime.Ttl;
import org.jspecify.annotations.Nullable;

/**
 * A call as asked.
 *
 * @param invocationId the caller's, or empty
 * @param mediaType of the input; empty means JSON
 */
public record Ask(
        String invocationId,
        Subject subject,
        String mediaType,
        Input input,
        @Nullable Ttl ttl) {}
