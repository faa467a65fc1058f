/** Promises in PostgreSQL, shared by whoever owns a shard of them. */
@NullMarked
package dev.modulate.resonate.store.postgres;

import org.jspecify.annotations.NullMarked;
