/** What a durable promise costs, beside what the store and the server stack cost without it. */
@NullMarked
package dev.modulate.bench.promises;

import org.jspecify.annotations.NullMarked;
