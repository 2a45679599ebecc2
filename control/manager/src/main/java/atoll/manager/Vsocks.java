package atoll.manager;

import atoll.device.spi.VsockBackend;
import atoll.host.Effects;
import atoll.host.PlatformClock;
import atoll.net.VsockHub;
import atoll.net.VsockSettings;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The devices for streams of a system's virtual machines; nothing while none has one. */
final class Vsocks implements AutoCloseable {
  private final Scenario scenario;
  private final PlatformClock clock;
  private final Effects effects;
  private final Consumer<String> notices;
  private Optional<VsockHub> hub = Optional.empty();

  /**
   * @param notices told what a person should know though they go on
   */
  Vsocks(Scenario scenario, PlatformClock clock, Effects effects, Consumer<String> notices) {
    this.scenario = scenario;
    this.clock = clock;
    this.effects = effects;
    this.notices = notices;
  }

  /**
   * What a virtual machine's device leads to, if it has one.
   *
   * @throws atoll.host.HostException if its socket is not to be had
   */
  Optional<VsockBackend> plug(VmDescription vm) {
    return vm.vsock()
        .map(vsock -> {
          Map<String, Long> contexts = scenario.contexts();
          if (hub.isEmpty()) {
            hub = Optional.of(new VsockHub(clock, effects.tasks(), notices));
          }
          return hub.get()
              .add(
                  new VsockSettings(
                      vm.name(),
                      contexts.get(vm.name()),
                      vsock.socket(),
                      vsock.reach().stream().map(contexts::get).collect(Collectors.toSet())));
        });
  }

  @Override
  public void close() {
    hub.ifPresent(VsockHub::close);
  }
}
