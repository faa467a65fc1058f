/** Invocations as durable promises: how they are stored, and how they are read back. */
@NullMarked
package dev.modulate.api.promise;

import org.jspecify.annotations.NullMarked;
