/**
 * Shows that what clients of a lane see could have come from a machine that does one thing at a time, and that the check
 * would notice if not.
 */
@NullMarked
package dev.modulate.resonate.history;

import org.jspecify.annotations.NullMarked;
