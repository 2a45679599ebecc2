package atoll.front;

import atoll.manager.DiskAction;
import atoll.manager.Event;
import atoll.manager.Manager;
import atoll.nbd.NbdServer;
import atoll.nbd.TlsFiles;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code atoll disk serve}. */
@Command(
    name = "serve",
    header = "Offers a disk image to other programs and hosts (NBD), until Ctrl-C.",
    sortOptions = false)
final class DiskServeCommand implements Callable<Integer> {
  private static final int CLIENTS_MOST = 10_000;

  private final Manager manager;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  @Mixin private DiskSource source;

  @Option(
      names = {"-x", "--export"},
      paramLabel = "NAME",
      defaultValue = "",
      description = "by which clients ask for it; they may leave it out (default: none)")
  private String export;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      converter = ListenAddress.class,
      description = "where clients connect; port 0 is any that is free (default: 127.0.0.1:10809)")
  private NbdServer.OnPort listen;

  @Option(
      names = {"-k", "--socket"},
      paramLabel = "PATH",
      description = "a socket in the file system instead")
  private Path socket;

  @Option(
      names = {"-r", "--read-only"},
      description = "refuse writes; the image can then be read by others, too")
  private boolean readOnly;

  @Option(
      names = {"-e", "--max-clients"},
      paramLabel = "N",
      defaultValue = "16",
      description = "connections at once (default: ${DEFAULT-VALUE})")
  private int clients;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "clients must use TLS, and see this certificate (PEM)")
  private Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "its key, if that is not in the same file")
  private Path key;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "clients must show a certificate of one of these authorities")
  private Path authority;

  DiskServeCommand(Manager manager, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    requireSense();
    DiskAction.ServeDisk action =
        new DiskAction.ServeDisk(source.image(), source.format(), readOnly, settings());
    OrderlyStop stop = OrderlyStop.begin(() -> manager.perform(new DiskAction.StopServing()));
    try {
      manager.perform(action, this::tell);
    } finally {
      stop.reported();
    }
    return ExitCode.SUCCESS;
  }

  private void requireSense() {
    if (socket != null && listen != null) {
      throw usage("--listen and --socket are two places; give one");
    }
    if (certificate == null && (key != null || authority != null)) {
      throw usage("TLS needs a certificate of the server; give --tls-cert");
    }
    if (clients < 1 || clients > CLIENTS_MOST) {
      throw usage("--max-clients is %d, expected 1 to %d".formatted(clients, CLIENTS_MOST));
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  private NbdServer.Settings settings() {
    NbdServer.Listening place =
        socket != null
            ? new NbdServer.OnSocket(socket)
            : listen != null
                ? listen
                : new NbdServer.OnPort(ListenAddress.THIS_HOST, NbdServer.USUAL_PORT);
    try {
      return new NbdServer.Settings(export, place, tls(), clients);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private Optional<TlsFiles> tls() {
    return Optional.ofNullable(certificate)
        .map(own ->
            new TlsFiles(
                Optional.ofNullable(authority),
                Optional.of(own),
                Optional.ofNullable(key),
                Optional.empty()));
  }

  private void tell(Event event) {
    switch (event) {
      case Event.ServingBegan(String address) -> begun(address);
      case Event.ServingNoticed(String text) -> err.println("atoll: " + text);
      default -> {}
    }
  }

  private void begun(String address) {
    if (listen != null && certificate == null && !loopback(listen.host())) {
      err.println(
          "atoll: whoever reaches that address can %s the disk; --tls-cert and --tls-ca keep others away"
              .formatted(readOnly ? "read" : "read and write"));
    }
    out.printf("serving %s%s at %s%n", source.image(), readOnly ? ", read-only," : "", address);
    out.flush();
  }

  private static boolean loopback(String host) {
    InetSocketAddress address = new InetSocketAddress(host, 0);
    return !address.isUnresolved() && address.getAddress().isLoopbackAddress();
  }
}
