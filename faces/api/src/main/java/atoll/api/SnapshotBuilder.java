package atoll.api;

import atoll.manager.SnapshotAction;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.scenario.VsockDescription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** A system as it was saved, which goes on from there. */
public final class SnapshotBuilder extends SystemBuilder<SnapshotBuilder> {
  private final String snapshot;

  SnapshotBuilder(String snapshot) {
    this.snapshot = Objects.requireNonNull(snapshot, "snapshot");
  }

  @Override
  SnapshotBuilder self() {
    return this;
  }

  @Override
  Described describe(Operator operator, Workspace files, Consumer<String> progress) {
    Scenario saved = operator.performApart(new SnapshotAction.ReadSnapshot(snapshot));
    Map<String, Path> agents = new HashMap<>();
    List<VmDescription> vms = new ArrayList<>();
    for (VmDescription vm : saved.vms()) {
      vms.add(
          vm.vsock()
              .filter(SnapshotBuilder::passed)
              .map(vsock -> {
                Path socket = files.file(vm.name() + ".vsock");
                agents.put(vm.name(), socket);
                return vm.withVsock(
                    new VsockDescription(vsock.cid(), Optional.of(socket), vsock.reach()));
              })
              .orElse(vm));
    }
    return new Described(saved.withVms(vms), Optional.of(snapshot), agents);
  }

  /** The sockets of a program's own systems are in a folder that is gone with them. */
  private static boolean passed(VsockDescription vsock) {
    return vsock.socket().filter(socket -> !Files.exists(socket.getParent())).isPresent();
  }
}
