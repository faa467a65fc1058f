/** What the Resonate wire protocol says, as values: records, requests, replies, messages. No IO, no JSON. */
@NullMarked
package dev.modulate.resonate.protocol;

import org.jspecify.annotations.NullMarked;
