package atoll.scenario;

import atoll.virtio.Service;
import java.util.List;
import java.util.function.BiConsumer;

/** Who serves a device has one. */
final class ServiceRules {
  private final List<VmDescription> vms;
  private final BiConsumer<String, String> report;

  ServiceRules(List<VmDescription> vms, BiConsumer<String, String> report) {
    this.vms = vms;
    this.report = report;
  }

  /** Checks what could be read. */
  void check(List<ChannelDescription> channels, List<NetworkDescription> networks) {
    for (ChannelDescription channel : channels) {
      channel
          .service()
          .ifPresent(service ->
              vms.stream()
                  .filter(vm -> channel.server().filter(vm.name()::equals).isPresent())
                  .findFirst()
                  .ifPresent(server -> check(channel, service, server, networks)));
    }
  }

  private void check(
      ChannelDescription channel,
      Service service,
      VmDescription server,
      List<NetworkDescription> networks) {
    switch (service.kind()) {
      case BLOCK -> requireDisk(channel, service, server);
      case NETWORK -> requireNic(channel, service, server, networks);
      case CONSOLE -> requireConsole(channel, service, server);
      case ENTROPY -> {} // Every board has one.
    }
  }

  private void requireDisk(ChannelDescription channel, Service service, VmDescription server) {
    int disks = server.disks().size() + (server.image().isPresent() ? 1 : 0);
    if (service.unit() >= disks) {
      report.accept(
          channel.key() + (disks == 0 ? "" : ".unit"),
          "%s has no disk %d to serve, expected the number of one of its %d disks, from 0 on"
              .formatted(server.name(), service.unit(), disks));
    }
  }

  private void requireNic(
      ChannelDescription channel,
      Service service,
      VmDescription server,
      List<NetworkDescription> networks) {
    if (service.unit() >= server.nics().size()) {
      report.accept(
          channel.key() + (server.nics().isEmpty() ? "" : ".unit"),
          "%s has no network interface %d to serve, expected the number of one of its %d, from 0 on"
              .formatted(server.name(), service.unit(), server.nics().size()));
      return;
    }
    String wanted = server.nics().get(service.unit()).network();
    networks.stream()
        .filter(network -> network.name().equals(wanted) && network.macFilter())
        .findFirst()
        .ifPresent(network ->
            report.accept(
                channel.key(),
                "network %s lets %s send with no other address than its own, expected mac-filter: false there"
                    .formatted(wanted, server.name())));
  }

  private void requireConsole(ChannelDescription channel, Service service, VmDescription server) {
    if (service.unit() != 0) {
      report.accept(
          channel.key() + ".unit",
          "%s has one console to serve, expected 0".formatted(server.name()));
    } else if (server.console() == ConsoleKind.NONE) {
      report.accept(
          channel.key(),
          "%s has no console to serve, expected another console than none there"
              .formatted(server.name()));
    }
  }
}
