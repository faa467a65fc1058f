package dev.modulate.it.platform;

import dev.modulate.api.ApiMain;
import dev.modulate.executor.cpu.CpuExecutorMain;
import dev.modulate.it.process.Http;
import dev.modulate.it.process.Ports;
import dev.modulate.it.process.Processes;
import dev.modulate.registry.RegistryMain;
import dev.modulate.resonate.server.ResonateMain;
import dev.modulate.router.RouterMain;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The platform as one process per service on this machine, each started by its own main. For one thread. */
public final class Mesh implements AutoCloseable {
    private final Path folder;
    private final Ports ports;
    private final Processes processes;
    private final Http http = new Http();
    private final List<ServiceProcess> services = new ArrayList<>();

    /** @param folder for data and logs */
    public Mesh(Path folder, Ports ports) {
        this.folder = folder;
        this.ports = ports;
        this.processes = new Processes(folder.resolve("logs"));
    }

    public ServiceProcess resonate() {
        return resonate(Map.of());
    }

    /** @param more settings of the server */
    public ServiceProcess resonate(Map<String, String> more) {
        var all = new HashMap<>(more);
        all.put("resonate.store", "rocksdb:" + data("resonate"));
        return add("resonate", ResonateMain.class, "resonate.port", all);
    }

    public ServiceProcess registry() {
        return add("registry", RegistryMain.class, "registry.port", Map.of("registry.data", data("registry")));
    }

    /** @param registry of the functions that programs of an SDK may call */
    public ServiceProcess router(String cell, ServiceProcess resonate, ServiceProcess registry) {
        return add(
                "router-" + cell,
                RouterMain.class,
                "router.port",
                Map.of(
                        "router.cell", cell,
                        "resonate.url", url(resonate),
                        "router.registry", address(registry.port())));
    }

    /** One of several routers of a cell. */
    public ServiceProcess memberRouter(String name, String cell, ServiceProcess resonate) {
        return add(name, RouterMain.class, "router.port", Map.of("router.cell", cell, "resonate.url", url(resonate)));
    }

    /** @param routerPorts of the routers, or of what stands before them */
    public ServiceProcess api(String name, ServiceProcess resonate, ServiceProcess registry, int... routerPorts) {
        return add(
                name,
                ApiMain.class,
                "api.port",
                Map.of(
                        "resonate.url", url(resonate),
                        "api.registry", address(registry.port()),
                        "api.routers", addresses(routerPorts)));
    }

    /** @param routerPorts of the routers, or of what stands before them */
    public ServiceProcess executor(String node, ServiceProcess resonate, ServiceProcess registry, int... routerPorts) {
        return add(
                node,
                CpuExecutorMain.class,
                "executor.metrics-port",
                Map.of(
                        "executor.node-id",
                        node,
                        "executor.slots",
                        "4",
                        "executor.cpu",
                        "4000",
                        "executor.memory",
                        "8GiB",
                        "executor.data",
                        data(node),
                        "executor.registry",
                        address(registry.port()),
                        "executor.routers",
                        addresses(routerPorts),
                        "resonate.url",
                        url(resonate)));
    }

    private ServiceProcess add(String name, Class<?> main, String portKey, Map<String, String> settings) {
        int port = ports.next();
        var all = new HashMap<>(settings);
        all.put(portKey, Integer.toString(port));
        var service = new ServiceProcess(processes, http, folder, name, main.getName(), port, all);
        services.add(service);
        return service;
    }

    private String data(String name) {
        return folder.resolve(name).toString();
    }

    private static String address(int port) {
        return "127.0.0.1:" + port;
    }

    private static String addresses(int... ports) {
        return Arrays.stream(ports).mapToObj(Mesh::address).collect(Collectors.joining(","));
    }

    private static String url(ServiceProcess resonate) {
        return "http://" + address(resonate.port());
    }

    /** True when every service is well. */
    public boolean healthy() {
        return services.stream().allMatch(ServiceProcess::healthy);
    }

    /** The end of every log, for the message of a test that fails. */
    public String tails() {
        return services.stream().map(service -> service.process().tail()).collect(Collectors.joining());
    }

    @Override
    public void close() {
        processes.close();
    }
}
