package dev.modulate.executor.run;

import static dev.modulate.executor.call.Reservation.WHOLE;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.Isolation;
import dev.modulate.executor.call.LoadOrder;
import dev.modulate.executor.call.Payload;
import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.call.TaskKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a node refuses though a router asks for it: no device is given twice, however many routers there are. */
class AdmissionTest {
    private static final long BYTES = 1_000;
    private static final Duration TTL = Duration.ofSeconds(10);

    private static Program program(String tenant, String function) {
        return new Program(
                tenant + "/functions/" + function + "/versions/1",
                tenant,
                "functions/" + function,
                1,
                Program.Language.PYTHON,
                "",
                "main.handler",
                Map.of(),
                TTL,
                List.of(),
                new Program.Scaling(0, 1, TTL),
                new Program.Needs(0, 0));
    }

    private static final Program MINE = program("acme", "f");

    private static Reservation part(String device, int shareMillis, Isolation isolation) {
        return new Reservation(device, shareMillis == WHOLE ? BYTES : 100, shareMillis, isolation);
    }

    private static Reservation part(int shareMillis) {
        return part("GPU-0", shareMillis, Isolation.TENANT);
    }

    private static Assignment assignment(Program program, Reservation... parts) {
        return new Assignment(
                new TaskKey("acme_1", 1),
                new Assignment.Lease("router-1", TTL, TTL),
                TTL,
                "1",
                program,
                new Payload("application/json", ByteString.EMPTY),
                List.of(parts),
                List.of(),
                false,
                false);
    }

    private static Admission.Node used(DeviceUse use) {
        return new Admission.Node(false, false, 4, Map.of("GPU-0", BYTES, "GPU-1", BYTES), Map.of("GPU-0", use));
    }

    /** One that holds a part is there, and another one comes. */
    private static Optional<String> beside(Program there, Reservation taken, Program next, Reservation asked) {
        return Admission.refusal(assignment(next, asked), used(DeviceUse.of(there, taken)));
    }

    @Test
    void sharesOfADeviceAreNoMoreThanTheDevice() {
        assertThat(beside(MINE, part(600), MINE, part(400))).isEmpty();
        assertThat(beside(MINE, part(600), MINE, part(401))).contains("NO_DEVICE_COMPUTE");
        var both = DeviceUse.of(MINE, part(300)).and(DeviceUse.of(MINE, part(500)));
        assertThat(Admission.refusal(assignment(MINE, part(200)), used(both))).isEmpty();
        assertThat(Admission.refusal(assignment(MINE, part(250)), used(both))).contains("NO_DEVICE_COMPUTE");
    }

    @Test
    void whoHasAWholeDeviceHasItAlone() {
        var noMemory = new Reservation("GPU-0", 0, WHOLE, Isolation.TENANT);
        assertThat(beside(MINE, noMemory, MINE, part(0))).contains("NO_DEVICE_COMPUTE");
        assertThat(beside(MINE, part(0), MINE, noMemory)).contains("NO_DEVICE_COMPUTE");
        assertThat(Admission.refusal(assignment(MINE, part(WHOLE)), used(DeviceUse.NONE)))
                .isEmpty();
    }

    @Test
    void memoryOfADeviceIsNoMoreThanItHas() {
        var most = new Reservation("GPU-0", 901, 0, Isolation.TENANT);
        assertThat(beside(MINE, most, MINE, part(0))).contains("NO_DEVICE_MEMORY");
    }

    @Test
    void nobodySharesADeviceWithWhomItsIsolationExcludes() {
        var colleague = program("acme", "g");
        var stranger = program("other", "f");
        var ofFunction = part("GPU-0", 100, Isolation.FUNCTION);
        var ofNobody = part("GPU-0", 100, Isolation.NONE);

        assertThat(beside(MINE, part(100), colleague, part(100))).isEmpty();
        assertThat(beside(MINE, part(100), stranger, part(100))).contains("DEVICE_ISOLATED");
        assertThat(beside(MINE, part(100), stranger, ofNobody)).contains("DEVICE_ISOLATED");
        assertThat(beside(MINE, ofNobody, stranger, ofNobody)).isEmpty();
        assertThat(beside(MINE, ofFunction, colleague, part(100))).contains("DEVICE_ISOLATED");
        assertThat(beside(MINE, part(100), colleague, ofFunction)).contains("DEVICE_ISOLATED");
        assertThat(beside(MINE, ofFunction, MINE, ofFunction)).isEmpty();
    }

    @Test
    void eachDeviceIsAskedForItself() {
        var one = part("GPU-1", 600, Isolation.TENANT);
        var busy = used(DeviceUse.of(MINE, part(600)));

        assertThat(Admission.refusal(assignment(MINE, one), busy)).isEmpty();
        assertThat(Admission.refusal(assignment(MINE, one, part(600)), busy)).contains("NO_DEVICE_COMPUTE");
    }

    @Test
    void loadsAreHeldToTheSame() {
        var busy = used(DeviceUse.of(MINE, part(600)));

        assertThat(Admission.refusal(new LoadOrder("load-1", MINE, List.of(part(600))), busy))
                .contains("NO_DEVICE_COMPUTE");
        assertThat(Admission.refusal(new LoadOrder("load-1", program("other", "f"), List.of(part(100))), busy))
                .contains("DEVICE_ISOLATED");
    }
}
