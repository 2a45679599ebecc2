package atoll.net;

import atoll.device.spi.NetFrame;
import atoll.host.EntropySource;
import atoll.host.HostException;
import atoll.host.PlatformClock;
import atoll.host.Tasks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A network: its ports, its switch, perhaps its way outside, and the one thread that serves them.
 * The thread waits without using the CPU while nothing happens.
 */
public final class Network implements AutoCloseable {
  /** Frames that are taken from a guest before the others' turn. */
  private static final int FRAMES_AT_ONCE = 64;

  private final NetworkSettings settings;
  private final PlatformClock clock;
  private final Tasks tasks;
  private final Consumer<String> notices;
  private final NetworkLoop loop;
  private final Segment segment;
  private final Optional<UserGateway> gateway;
  private final Optional<CableUplink> outward;
  private final List<Capture> captures = new ArrayList<>();
  private final NetFrame frame = new NetFrame();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final Guests guests = new Guests();
  private boolean driven;

  /**
   * Held while ports are added and carriers are told: the far side may come before all are there.
   */
  private final Object cabling = new Object();

  /** Whether the far side is there; guarded by the cabling. */
  private boolean present;

  /**
   * What has passed so far.
   *
   * @param name the network's
   * @param ports in their order
   * @param outside lines about the way outside; empty if there is none
   */
  public record Statistics(String name, List<NetworkPort.Statistics> ports, List<String> outside) {
    public Statistics {
      ports = List.copyOf(ports);
      outside = List.copyOf(outside);
    }
  }

  /**
   * Makes one without ports. Its thread starts with the first interface that is plugged in.
   *
   * @param clock the platform's, whose time it keeps
   * @param tasks where it has its thread
   * @param entropy for numbers that outsiders should not guess
   * @param notices told what a person should know though the network goes on
   */
  public Network(
      NetworkSettings settings,
      PlatformClock clock,
      Tasks tasks,
      EntropySource entropy,
      Consumer<String> notices) {
    this(
        settings,
        clock,
        tasks,
        entropy,
        notices,
        new HostLinks() {
          @Override
          public Cable cable(TapSettings tap, Consumer<String> told) {
            return TapCable.open(tap, settings.mtu(), told);
          }

          @Override
          public Cable cable(FarSettings far, Consumer<String> told, Consumer<Boolean> carrier) {
            return FarCable.open(threadName(settings) + "/far", far, tasks, told, carrier);
          }

          @Override
          public EchoHost echoes(Runnable wake) {
            return new HostEchoes(tasks, threadName(settings) + "/echo", wake);
          }
        });
  }

  /**
   * @param links makes what else it uses of the host
   */
  Network(
      NetworkSettings settings,
      PlatformClock clock,
      Tasks tasks,
      EntropySource entropy,
      Consumer<String> notices,
      HostLinks links) {
    this.settings = settings;
    this.clock = clock;
    this.tasks = tasks;
    this.notices = notices;
    UplinkSettings outside = settings.uplink().orElse(null);
    outward = cable(outside, links).map(maker -> new CableUplink(maker, this::notice));
    loop =
        outward
            .map(waiter -> new NetworkLoop(clock, waiter, this::defect))
            .orElseGet(() -> new NetworkLoop(clock, this::defect));
    segment = new Segment(loop, settings.macFilter());
    gateway =
        outside instanceof UserSettings user
            ? Optional.of(
                new UserGateway(
                    loop,
                    user,
                    settings.mtu(),
                    entropy,
                    segment,
                    links.echoes(loop::wake),
                    this::notice))
            : Optional.empty();
    gateway.ifPresent(segment::connect);
    outward.ifPresent(uplink -> {
      uplink.connect(segment);
      segment.connect(uplink);
    });
  }

  /** What makes the cable outside, if there is one. */
  private Optional<Supplier<Cable>> cable(UplinkSettings outside, HostLinks links) {
    return switch (outside) {
      case TapSettings tap -> Optional.of(() -> links.cable(tap, this::notice));
      case FarSettings far -> Optional.of(() -> links.cable(far, this::notice, this::carrier));
      case null, default -> Optional.empty();
    };
  }

  /**
   * The far side is there, or is not. What is alone on its network has its cable to there, as it
   * were, and sees that; others are at a switch, which goes on without.
   */
  private void carrier(boolean there) {
    synchronized (cabling) {
      present = there;
      tellCarrier();
    }
  }

  private void tellCarrier() {
    List<NetworkPort> ports = segment.ports();
    boolean far = settings.uplink().filter(FarSettings.class::isInstance).isPresent();
    for (NetworkPort port : ports) {
      port.carrier(!far || present || ports.size() > 1);
    }
  }

  public NetworkSettings settings() {
    return settings;
  }

  /**
   * Adds a port; before an interface is plugged in anywhere.
   *
   * @throws HostException if the host's interface, a far side, a port of the host or a file for its
   *     capture is not to be had
   */
  public NetworkPort add(NicSettings nic) {
    if (loop.started()) {
      throw new IllegalStateException("ports are added before a network is used");
    }
    outward.ifPresent(this::open);
    Optional<Capture> capture =
        nic.capture().map(path -> new Capture(path, nic.mac().toString(), clock, notices));
    capture.ifPresent(captures::add);
    NetworkPort port =
        new NetworkPort(nic, settings.mtu(), settings.macFilter(), loop, capture, this::start);
    synchronized (cabling) {
      segment.add(port);
      tellCarrier();
    }
    nic.forwards().forEach(forward -> gateway.orElseThrow().forward(forward, port));
    return port;
  }

  private void open(CableUplink uplink) {
    try {
      uplink.open();
    } catch (HostException e) {
      throw new HostException(named(settings, e.getMessage()), e);
    }
  }

  /** The port of the host by which a guest's port is reached, which may have been left open. */
  public int boundPort(PortForward forward) {
    return gateway.map(outside -> outside.boundPort(forward)).orElse(0);
  }

  /** What has passed so far. */
  public Statistics statistics() {
    return new Statistics(
        settings.name(),
        segment.ports().stream().map(NetworkPort::statistics).toList(),
        segment.uplink().map(Uplink::describe).orElse(List.of()));
  }

  private void start() {
    if (!driven) {
      loop.start(tasks, threadName(settings), guests);
    }
  }

  private static String threadName(NetworkSettings settings) {
    return "net/" + settings.name();
  }

  /** Serves what is ready, once, on the caller's thread; for a network that has no thread yet. */
  void turn(long most) {
    loop.turn(guests, most);
  }

  /** Has the caller serve it by {@link #turn}. */
  void drivenByCaller() {
    driven = true;
  }

  private void defect(Throwable e) {
    if (!failed.getAndSet(true)) {
      notice(e + "; it goes on without what that came of");
    }
  }

  private void notice(String text) {
    notices.accept(named(settings, text));
  }

  private static String named(NetworkSettings settings, String text) {
    return "network %s: %s".formatted(settings.name(), text);
  }

  /** What the network's thread does for its guests. */
  private final class Guests implements NetworkLoop.Guests {
    private final SharedTime time = new SharedTime();

    @Override
    public boolean waiting() {
      for (int n = 0; n < segment.ports().size(); n++) {
        if (segment.ports().get(n).signals().any()) {
          return true;
        }
      }
      return outward.map(CableUplink::waiting).orElse(false)
          || gateway.map(user -> user.echoes().waiting()).orElse(false);
    }

    @Override
    public void serve() {
      for (NetworkPort port : segment.ports()) {
        if (port.signals().take(PortSignals.PLUGGED)) {
          port.forget();
          segment.plugged(port);
        }
      }
      for (int n = 0; n < segment.ports().size(); n++) {
        serve(n, segment.ports().get(n));
      }
      outward.ifPresent(CableUplink::serve);
      captures.forEach(Capture::flush);
      time.charge(segment.ports());
    }

    private void serve(int n, NetworkPort port) {
      int signals = port.signals().take();
      if (PortSignals.hasRoom(signals)) {
        port.proceed();
      }
      if (PortSignals.isReady(signals)) {
        for (int taken = 0; port.next(frame); taken++) {
          if (frame.length() != 0) {
            segment.forward(frame, n);
          }
          if (taken == FRAMES_AT_ONCE) {
            port.ready(); // The others first.
            return;
          }
        }
      }
    }
  }

  /** Ends every connection, and waits until nothing is done any more. */
  @Override
  public void close() {
    loop.close();
    gateway.ifPresent(user -> user.echoes().close());
    captures.forEach(Capture::close);
  }
}
