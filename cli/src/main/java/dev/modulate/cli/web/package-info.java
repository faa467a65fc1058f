/** gRPC for a process that lives for one call: the generated stubs over gRPC-Web and the JDK's own HTTP/1.1 client. */
@NullMarked
package dev.modulate.cli.web;

import org.jspecify.annotations.NullMarked;
