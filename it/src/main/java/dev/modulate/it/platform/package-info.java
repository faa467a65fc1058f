/** The platform as its callers see it: deploy, call, watch. */
@NullMarked
package dev.modulate.it.platform;

import org.jspecify.annotations.NullMarked;
