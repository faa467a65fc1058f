/** Functions, their immutable versions, aliases and artifacts: the registry as a service and as a process. */
@NullMarked
package dev.modulate.registry;

import org.jspecify.annotations.NullMarked;
