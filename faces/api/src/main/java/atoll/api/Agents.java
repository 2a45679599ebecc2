package atoll.api;

import atoll.scenario.Guest;
import atoll.scenario.VmDescription;
import atoll.scenario.VsockDescription;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives Atoll's own agent to VMs whose guests start it: Atoll's Linux by its {@code init}, and a
 * system on an image by a unit of systemd's. What it consists of is in the guest's memory, and
 * nothing of it on a disk.
 */
final class Agents {
  /** Where Atoll's Linux looks for it. */
  private static final String IN_LINUX = "/sbin/atoll-agent";

  private static final String IN_SYSTEM = "/run/atoll/agent";
  private static final String UNITS = "/run/systemd/system/";

  /** It listens before there is a prompt. */
  private static final String UNIT =
      """
      [Unit]
      Description=The agent of the program that has this machine as a library
      Before=getty.target serial-getty@hvc0.service serial-getty@ttyS0.service

      [Service]
      Type=forking
      Environment=HOME=/root
      ExecStartPre=-/sbin/modprobe vmw_vsock_virtio_transport
      ExecStart=%s
      """
          .formatted(IN_SYSTEM);

  private static final String WANTS =
      """
      [Unit]
      Wants=atoll-agent.service
      """;

  private final Workspace work;
  private final Map<String, Path> sockets = new LinkedHashMap<>();
  private Optional<Path> program = Optional.empty();

  /**
   * @param work for sockets, and for what is put into guests
   */
  Agents(Workspace work) {
    this.work = work;
  }

  /** Where they are reached, by VM. */
  Map<String, Path> sockets() {
    return Map.copyOf(sockets);
  }

  /**
   * The same with an agent, if there can be one: not without a place for the device by which it is
   * reached, or without a name for that one's socket in the folder.
   */
  VmDescription with(VmDescription vm) {
    Map<String, Path> files = files(vm.guest());
    Path socket =
        vm.vsock()
            .flatMap(VsockDescription::socket)
            .orElseGet(() -> work.file("streams-" + vm.name()));
    boolean room = vm.vsock().isPresent() || vm.hasFreeSlot();
    if (files.isEmpty() || !room || VsockDescription.obstacle(socket).isPresent()) {
      return vm;
    }
    sockets.put(vm.name(), socket);
    files.putAll(vm.files());
    VsockDescription streams =
        new VsockDescription(
            vm.vsock().flatMap(VsockDescription::cid),
            Optional.of(socket),
            vm.vsock().map(VsockDescription::reach).orElse(List.of()));
    return vm.but().files(files).vsock(Optional.of(streams)).build();
  }

  /** What the guest is to be given; nothing if it would not start it. */
  private Map<String, Path> files(Guest guest) {
    Map<String, Path> files = new LinkedHashMap<>();
    if (guest instanceof Guest.Linux linux && linux.images().initrd().isEmpty()) {
      files.put(IN_LINUX, program());
    } else if (guest instanceof Guest.Installed
        || guest instanceof Guest.Image image && !image.uefi()) {
      files.put(IN_SYSTEM, program());
      files.put(UNITS + "atoll-agent.service", text("agent.service", UNIT));
      files.put(UNITS + "multi-user.target.d/atoll-agent.conf", text("agent.conf", WANTS));
    }
    return files;
  }

  private Path program() {
    if (program.isEmpty()) {
      program = Optional.of(work.program("agent", AgentCommands.program()));
    }
    return program.get();
  }

  private Path text(String name, String text) {
    return work.file(name, text.getBytes(StandardCharsets.UTF_8));
  }
}
