package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.image.RefusedException;
import atoll.keys.HostTls;
import atoll.line.Line;
import atoll.line.SocketLine;
import atoll.line.TlsLine;
import atoll.migration.Departure;
import atoll.migration.MigrationDoubt;
import atoll.migration.MigrationException;
import atoll.migration.MigrationRound;
import atoll.migration.MigrationSettings;
import atoll.migration.MigrationSummary;
import atoll.scenario.ChannelDescription;
import atoll.scenario.NetworkDescription;
import atoll.scenario.Scenario;
import atoll.scenario.Secrecy;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Moves machines of a system to another host while they run. Used once. */
final class SystemMove {
  /** How long a host that does not answer is waited for. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final RunningSystem system;
  private final MigrationAction.Migrate action;
  private final ReceptionAddress to;
  private final HostTls tls;
  private final EventListener listener;
  private final Clock clock;
  private final Effects effects;

  /**
   * @param listener told of rounds and of what becomes of it
   * @param clock the host's
   */
  SystemMove(
      RunningSystem system,
      MigrationAction.Migrate action,
      HostTls tls,
      EventListener listener,
      Clock clock,
      Effects effects) {
    this.system = system;
    this.action = action;
    to = ReceptionAddress.parse(action.to());
    this.tls = tls;
    this.listener = listener;
    this.clock = clock;
    this.effects = effects;
  }

  /**
   * Does it.
   *
   * @throws RefusedException if they have not moved; they go on here, unless it says otherwise
   */
  MigrationReport perform() throws InterruptedException {
    Scenario moving = moving();
    Secrets.require(moving.vms(), Secrecy.Leave.MIGRATION);
    if (system.measured().isPresent()) {
      throw new RefusedException(
          "%s was verified here, and the other host could not verify it; start it there"
              .formatted(moving.name()));
    }
    List<VmSupervisor> vms = moving.vms().stream().map(vm -> system.vm(vm.name())).toList();
    PlatformClock paces = new PlatformClock(clock);
    Timers timers = effects.timers().apply(paces);
    Throttle throttle = new Throttle(paces, timers);
    Departure departure =
        new Departure(
            this::connect,
            new DepartingSystem(system, moving, vms, throttle, action.shared(), paces, timers),
            new MigrationSettings(action.downtime(), action.limit()),
            clock,
            effects.tasks(),
            effects.entropy(),
            this::tell);
    try {
      MigrationSummary summary = departure.run();
      listener.accept(new Event.Migrated(names(vms), where(), summary.downtime()));
      endIfAll(vms);
      return MigrationReport.of(summary);
    } catch (MigrationException e) {
      throw new RefusedException(
          "%s stays here, and goes on: %s".formatted(moving.name(), e.getMessage()), e);
    } catch (MigrationDoubt e) {
      String doubt = doubt(moving.name(), e.getMessage());
      listener.accept(new Event.MigrationDoubted(names(vms), where(), doubt));
      throw new RefusedException(doubt, e);
    }
  }

  private String doubt(String name, String reason) {
    return "nobody knows whether %s runs at %s, and it stays paused here: %s; look there, and then here: atoll migrate --resume if it does not run there, or --give-up if it does"
        .formatted(name, where(), reason);
  }

  private String where() {
    return to.toString();
  }

  private static List<String> names(List<VmSupervisor> vms) {
    return vms.stream().map(vm -> vm.description().name()).toList();
  }

  /** A system whose machines are all elsewhere is over. */
  private void endIfAll(List<VmSupervisor> vms) {
    if (vms.size() == system.supervisors().size()) {
      system.stop();
    }
  }

  private Line connect() throws IOException {
    SocketLine below = SocketLine.connect(to.host(), to.port(), PATIENCE);
    boolean secured = false;
    try {
      below.deadline(PATIENCE.multipliedBy(2), clock);
      TlsLine line = new TlsLine(below, tls.engine(true));
      secured = true;
      return line;
    } catch (IOException e) {
      throw new IOException(
          tls.distrust(e)
              .orElseGet(() ->
                  "%s is no Atoll that receives: %s".formatted(where(), HostException.reason(e))),
          e);
    } finally {
      if (!secured) {
        below.close();
      }
    }
  }

  private void tell(MigrationRound round) {
    listener.accept(
        new Event.MigrationRound(
            round.round(),
            round.pages(),
            round.bytes(),
            round.time(),
            round.bytesPerSecond(),
            round.left(),
            round.expected(),
            round.throttle()));
  }

  // ------------------------------------------------------------ what moves

  /** The machines that move, and what is between them; nothing may be between them and others. */
  private Scenario moving() {
    Scenario whole = system.entered();
    if (action.vms().isEmpty()) {
      return of(whole, whole.vms(), whole.name());
    }
    action.vms().forEach(system::vm);
    List<VmDescription> vms =
        whole.vms().stream().filter(vm -> action.vms().contains(vm.name())).toList();
    requireNoParting(whole);
    return of(whole, vms, vms.size() == 1 ? vms.getFirst().name() : whole.name());
  }

  /** Debuggers and snapshots are of this host. */
  private static Scenario of(Scenario whole, List<VmDescription> vms, String name) {
    List<String> names = vms.stream().map(VmDescription::name).toList();
    return new Scenario(
        name,
        whole.platform(),
        vms,
        whole.channels().stream()
            .filter(channel -> names.contains(channel.endpoints().getFirst().vm()))
            .toList(),
        whole.networks().stream().filter(network -> used(network, vms)).toList(),
        List.of(),
        Optional.empty(),
        whole.file(),
        whole.places());
  }

  private static boolean used(NetworkDescription network, List<VmDescription> vms) {
    return vms.stream()
        .anyMatch(vm -> vm.nics().stream().anyMatch(n -> n.network().equals(network.name())));
  }

  private boolean parts(ChannelDescription channel) {
    return channel.endpoints().stream()
            .map(end -> action.vms().contains(end.vm()))
            .distinct()
            .count()
        > 1;
  }

  private void requireNoParting(Scenario whole) {
    Optional<ChannelDescription> channel =
        whole.channels().stream().filter(this::parts).findFirst();
    if (channel.isPresent()) {
      throw parting(
          "channel " + channel.get().name(),
          "is memory that both use at the same time, which cannot be parted",
          channel.get().endpoints().stream().map(ChannelDescription.Endpoint::vm).toList());
    }
    for (NetworkDescription network : whole.networks()) {
      List<String> on = whole.vmsOn(network).stream().map(VmDescription::name).toList();
      if (on.stream().map(action.vms()::contains).distinct().count() > 1) {
        throw parting("network " + network.name(), "cannot be parted", on);
      }
    }
  }

  private static RefusedException parting(String what, String why, List<String> ends) {
    return new RefusedException(
        "%s is between %s, and %s; move them together: %s"
            .formatted(
                what,
                String.join(" and ", ends),
                why,
                ends.stream().map("--vm "::concat).collect(Collectors.joining(" "))));
  }
}
