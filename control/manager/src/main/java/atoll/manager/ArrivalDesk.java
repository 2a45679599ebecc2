package atoll.manager;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.image.RefusedException;
import atoll.kernel.KernelException;
import atoll.keys.HostTls;
import atoll.line.SocketLine;
import atoll.line.TlsLine;
import atoll.migration.ArrivingSystem;
import atoll.migration.MigrationException;
import atoll.migration.Receiver;
import atoll.migration.Region;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.state.StateException;
import atoll.vmm.SystemState;
import atoll.vmm.VmException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;

/**
 * Where systems of other hosts come in. One that is offered waits until a face has consoles for it
 * and takes it; it runs as soon as its source gives it up. Thread-safe.
 */
final class ArrivalDesk implements AutoCloseable {
  /** How long a face may take to make consoles. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Makers makers;
  private final HostTls tls;
  private final ReceptionAddress at;
  private final Path disks;
  private final LentFiles lent;
  private final Clock clock;
  private final ServerSocketChannel listening;
  private final Receiver receiver;

  // Guarded by this.
  private Optional<Arriving> offered = Optional.empty();
  private boolean closed;

  /** How the manager makes a system of what has come. */
  interface Makers {
    /** Does before what would take long. */
    void foresee(Scenario scenario);

    /** Tries to make it. */
    void rehearse(SystemAction.CreateSystem action, SystemRestore from);

    /** Makes it, ready to start. */
    RunningSystem make(
        SystemAction.CreateSystem action, SystemRestore from, EventListener listener);

    /** It is not to be. */
    void abandon(RunningSystem made);
  }

  /** How a face takes a system. */
  private record Taker(SystemAction.TakeArrival action, EventListener listener) {}

  /**
   * Listens.
   *
   * @param own folders of Atoll's own that hold nothing secret
   * @param notices gets a sentence without a full stop
   * @throws HostException if that cannot be
   */
  ArrivalDesk(
      Makers makers,
      HostTls tls,
      MigrationAction.OpenReception action,
      List<Path> own,
      Clock clock,
      Tasks tasks,
      Consumer<String> notices) {
    this.makers = makers;
    this.tls = tls;
    at = ReceptionAddress.parse(action.at());
    disks = action.disks();
    lent = new LentFiles(Stream.concat(own.stream(), action.files().stream()).toList());
    this.clock = clock;
    listening = listen(at);
    receiver = new Receiver(listening, this::secure, this::accept, tasks, clock, notices);
    tasks.start("receiver", receiver::run);
  }

  private static ServerSocketChannel listen(ReceptionAddress at) {
    InetSocketAddress address = new InetSocketAddress(at.host(), at.port());
    if (address.isUnresolved()) {
      throw new HostException(
          "there is no host '%s'; give another with --listen".formatted(at.host()));
    }
    try {
      ServerSocketChannel channel = ServerSocketChannel.open();
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      return channel.bind(address);
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be listened at: %s; give another with --listen"
              .formatted(at, HostException.reason(e)),
          e);
    }
  }

  /** Where it listens. */
  String address() {
    return at.withPort(listening.socket().getLocalPort()).toString();
  }

  private Receiver.Secured secure(SocketChannel channel, Duration deadline) throws IOException {
    SocketLine below = new SocketLine(channel);
    boolean secured = false;
    try {
      below.deadline(deadline, clock);
      SSLEngine engine = tls.engine(false);
      TlsLine line = new TlsLine(below, engine);
      Receiver.Secured made = new Receiver.Secured(line, tls.peer(engine));
      secured = true;
      return made;
    } catch (IOException e) {
      throw tls.distrust(e).map(IOException::new).orElse(e);
    } finally {
      if (!secured) {
        below.close();
      }
    }
  }

  // ------------------------------------------------------------ on the connection's thread

  private ArrivingSystem accept(String peer, String name, byte[] description, List<Region> regions)
      throws MigrationException {
    try {
      MovedSystem moved = MovedSystem.FORMAT.decode(description);
      if (moved.stateVersion() > SystemState.FORMAT.version()) {
        throw new MigrationException(
            "its state has version %d, and this Atoll reads %d at most; use a newer one here"
                .formatted(moved.stateVersion(), SystemState.FORMAT.version()));
      }
      SavedSystem system = SavedSystem.FORMAT.decode(moved.system());
      requireRoom(system);
      system.scenario().vms().forEach(lent::require);
      SharedDisks.requireHere(system, moved.shared(), lent);
      makers.foresee(system.scenario());
      Arriving arriving =
          new Arriving(
              peer,
              system,
              moved.shared(),
              new ArrivingParts(system, moved.shared(), regions, disks));
      arriving.awaitTaker();
      return arriving;
    } catch (StateException | IllegalArgumentException e) {
      throw new MigrationException("its description cannot be read: " + e.getMessage(), e);
    } catch (RefusedException | HostException | VmException e) {
      throw new MigrationException(e.getMessage(), e);
    }
  }

  private static void requireRoom(SavedSystem system) {
    long wanted = system.regions().stream().mapToLong(SavedSystem.Region::bytes).sum();
    long most = HostRam.bytes();
    if (most > 0 && wanted > most) {
      throw new RefusedException(
          "it needs %d MiB of memory, and the host there has %d"
              .formatted(wanted >> 20, most >> 20));
    }
  }

  /** One that comes. */
  private final class Arriving implements ArrivingSystem {
    private final String peer;
    private final SavedSystem expected;
    private final List<MovedSystem.Shared> shared;
    private final ArrivingParts parts;
    private final CompletableFuture<Taker> taker = new CompletableFuture<>();
    private final CompletableFuture<Void> runs = new CompletableFuture<>();
    private RunningSystem made;

    Arriving(
        String peer, SavedSystem expected, List<MovedSystem.Shared> shared, ArrivingParts parts) {
      this.peer = peer;
      this.expected = expected;
      this.shared = shared;
      this.parts = parts;
    }

    void awaitTaker() throws MigrationException {
      offer(this);
      try {
        Taker ignored = taker.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException | ExecutionException e) {
        discard("nobody took it");
        throw new MigrationException("nobody takes it there", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        discard("it was interrupted");
        throw new MigrationException("it was interrupted there", e);
      }
    }

    @Override
    public void page(int region, int page, ByteBuffer data) throws MigrationException {
      try {
        parts.page(region, page, data);
      } catch (IOException e) {
        throw unwritable(e);
      }
    }

    @Override
    public void zero(int region, int page) throws MigrationException {
      try {
        parts.zero(region, page);
      } catch (IOException e) {
        throw unwritable(e);
      }
    }

    private static MigrationException unwritable(IOException e) {
      return new MigrationException(
          "a disk cannot be written there: " + HostException.reason(e), e);
    }

    /** Page tables that are looked at when it is made are not there yet: so that is no failure. */
    @Override
    public void rehearse(byte[] state) throws MigrationException {
      make(
          state,
          false,
          (action, from) -> {
            try {
              makers.rehearse(action, from);
            } catch (VmException e) {
              // It is tried again when all has come.
            } catch (RefusedException e) {
              if (!(e.getCause() instanceof VmException)) {
                throw e;
              }
            }
          });
    }

    @Override
    public void prepare(byte[] state) throws MigrationException {
      try {
        parts.finish();
      } catch (IOException e) {
        throw unwritable(e);
      }
      EventListener listener = taker.join().listener;
      make(
          state,
          true,
          (action, from) -> {
            made = makers.make(action, from, listener);
            SharedDisks.requireHere(expected, shared, lent); // what they say may have changed
          });
    }

    private void make(
        byte[] state, boolean whole, BiConsumer<SystemAction.CreateSystem, SystemRestore> maker)
        throws MigrationException {
      SystemAction.TakeArrival by = taker.join().action;
      try {
        MovedSystem moved = MovedSystem.FORMAT.decode(state);
        SavedSystem system = SavedSystem.FORMAT.decode(moved.system());
        if (!system.scenario().vms().equals(expected.scenario().vms())) {
          throw new MigrationException("it has changed on its way");
        }
        SystemState of = SystemState.FORMAT.decode(moved.state());
        try (SystemRestore from = new ArrivedSystem(system, of, parts, whole)) {
          maker.accept(
              new SystemAction.CreateSystem(by.scenario(), by.terminal(), by.reports()), from);
        }
      } catch (StateException | IllegalArgumentException e) {
        throw new MigrationException("its state cannot be read: " + e.getMessage(), e);
      } catch (RefusedException | HostException | VmException | KernelException e) {
        throw new MigrationException(e.getMessage(), e);
      }
    }

    @Override
    public void start() {
      made.start();
      gone(this);
      boolean ignored = runs.complete(null);
    }

    @Override
    public void discard(String reason) {
      gone(this);
      try {
        if (made != null) {
          makers.abandon(made);
        }
        parts.discard();
      } finally {
        boolean ignored =
            runs.completeExceptionally(
                new RefusedException(
                    "%s has not come from %s: %s; it goes on there, or ended there"
                        .formatted(expected.scenario().name(), peer, reason)));
      }
    }
  }

  /** Logs are of the other host, as its debuggers are, which it leaves out. */
  private static Scenario scenario(SavedSystem system) {
    Scenario from = system.scenario();
    return from.withVms(from.vms().stream().map(VmDescription::withoutLog).toList())
        .withDebuggers(List.of());
  }

  // ------------------------------------------------------------ on a face's thread

  private synchronized void offer(Arriving arriving) {
    offered = Optional.of(arriving);
    notifyAll();
  }

  private synchronized void gone(Arriving arriving) {
    if (offered.equals(Optional.of(arriving))) {
      offered = Optional.empty();
    }
  }

  /** Waits until a system is offered; empty if this is closed before. */
  synchronized Optional<Scenario> await() throws InterruptedException {
    while (offered.isEmpty() && !closed) {
      wait();
    }
    return offered.map(arriving -> scenario(arriving.expected));
  }

  /**
   * Takes the system that is offered; returns when it runs.
   *
   * @throws RefusedException if it does not come
   */
  void take(SystemAction.TakeArrival action, EventListener listener) throws InterruptedException {
    Arriving arriving;
    synchronized (this) {
      arriving = offered.orElseThrow(() -> new RefusedException("no system is offered any more"));
    }
    boolean ignored = arriving.taker.complete(new Taker(action, listener));
    try {
      arriving.runs.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      throw new IllegalStateException("an arrival does not end with another error", e);
    }
  }

  /** Nothing comes any more; what is coming may still. */
  @Override
  public void close() {
    receiver.close();
    synchronized (this) {
      closed = true;
      notifyAll();
    }
  }
}
