package atoll.nbd;

import atoll.host.Clock;
import atoll.host.Effects;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server that runs. */
final class ServedExport implements AutoCloseable {
  final List<String> notices = new CopyOnWriteArrayList<>();
  private final NbdServer server;

  private ServedExport(NbdServer.Settings settings, NbdExport export) {
    this(settings, export, Clock.host());
  }

  private ServedExport(NbdServer.Settings settings, NbdExport export, Clock clock) {
    server = new NbdServer(settings, export, Effects.host().tasks(), clock, notices::add);
    Effects.host().tasks().start("server", server::run);
  }

  /** At a socket. */
  static ServedExport at(Path socket, NbdExport export) {
    return at(socket, export, Optional.empty(), 8);
  }

  static ServedExport at(Path socket, NbdExport export, Optional<TlsFiles> tls, int clients) {
    return new ServedExport(
        new NbdServer.Settings("disk", new NbdServer.OnSocket(socket), tls, clients), export);
  }

  /** By a clock of the test's. */
  static ServedExport at(Path socket, NbdExport export, Clock clock) {
    return new ServedExport(
        new NbdServer.Settings("disk", new NbdServer.OnSocket(socket), Optional.empty(), 8),
        export,
        clock);
  }

  /** At any port. */
  static ServedExport onPort(NbdExport export) {
    return new ServedExport(
        new NbdServer.Settings("disk", new NbdServer.OnPort("127.0.0.1", 0), Optional.empty(), 8),
        export);
  }

  NbdAddress address() {
    return server.address();
  }

  /** The same, of a client that waits for it. */
  NbdAddress address(Duration reconnect) {
    NbdAddress own = server.address();
    return new NbdAddress(own.endpoint(), own.export(), own.tls(), reconnect, own.patience());
  }

  @Override
  public void close() {
    server.close();
  }
}
