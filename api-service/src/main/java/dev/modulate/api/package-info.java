/** The front door: takes calls, waits for their results, and shows users what the other services know. */
@NullMarked
package dev.modulate.api;

import org.jspecify.annotations.NullMarked;
