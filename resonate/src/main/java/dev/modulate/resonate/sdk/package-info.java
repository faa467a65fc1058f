/** What programs of Resonate's SDKs put into promises, and what they expect to find there. Servers look at none of it. */
@NullMarked
package dev.modulate.resonate.sdk;

import org.jspecify.annotations.NullMarked;
