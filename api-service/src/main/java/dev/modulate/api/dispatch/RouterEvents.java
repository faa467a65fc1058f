package dev.modulate.api.dispatch;

import dev.modulate.router.v1.DispatchPlaced;

/** What routers tell without being asked. Called on threads that must not be blocked. */
public interface RouterEvents {
    void placed(String taskId, DispatchPlaced placed);

    /** The promise is settled, and no executor pushes the result. */
    void settled(String taskId);

    /** A router is there again: it knows of no watch. */
    void connected();
}
