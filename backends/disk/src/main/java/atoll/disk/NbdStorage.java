package atoll.disk;

import atoll.host.Clock;
import atoll.host.FileType;
import atoll.host.HostException;
import atoll.nbd.BlockStatus;
import atoll.nbd.NbdAddress;
import atoll.nbd.NbdClient;
import atoll.nbd.UnreachableException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** An export of an NBD server that an image lies in; its size is fixed. */
final class NbdStorage implements Storage {
  private static final int ZEROES = 1 << 18;

  private final NbdAddress address;
  private final NbdClient client;

  private NbdStorage(NbdAddress address, NbdClient client) {
    this.address = address;
    this.client = client;
  }

  /**
   * Connects to an export.
   *
   * @param notices told when the connection is lost, and when it is there again
   * @throws HostException if it cannot be used so; the message says what to do
   */
  static NbdStorage open(NbdAddress address, boolean readOnly, Consumer<String> notices) {
    inspect(address);
    NbdClient client;
    try {
      client = new NbdClient(address, Clock.host(), text -> notices.accept("disk image " + text));
    } catch (IOException e) {
      throw ImageFile.unusable(address, "cannot be opened: " + HostException.reason(e));
    }
    if (!readOnly && client.readOnly()) {
      client.close();
      throw ImageFile.unusable(address, "may not be written, says its server; give it read-only");
    }
    return new NbdStorage(address, client);
  }

  /** Refuses files of TLS that are not there; the server is not asked. */
  static void inspect(NbdAddress address) {
    address.tls().stream()
        .flatMap(files -> Stream.of(files.authority(), files.certificate(), files.key()))
        .flatMap(Optional<Path>::stream)
        .flatMap(file -> FileType.obstacle(file, false).stream())
        .findFirst()
        .ifPresent(obstacle -> {
          throw ImageFile.unusable(address, "cannot be opened by TLS: " + obstacle);
        });
  }

  @Override
  public long size() {
    return client.size();
  }

  @Override
  public long read(long offset, MemorySegment into) throws IOException {
    long there = Math.clamp(client.size() - offset, 0, into.byteSize());
    if (there > 0) {
      client.read(offset, into.asSlice(0, there));
    }
    into.asSlice(there).fill((byte) 0);
    return there;
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    requireInside(offset, from.byteSize());
    client.write(offset, from);
  }

  private void requireInside(long offset, long length) throws IOException {
    if (length > client.size() - offset) {
      throw new IOException("disk image %s is full".formatted(address));
    }
  }

  /** What was written is kept until it is flushed, also over the end of a connection. */
  @Override
  public void flush() throws IOException {
    try {
      client.flush();
    } catch (UnreachableException e) {
      throw new NotWrittenException(e);
    }
  }

  @Override
  public boolean punch(long offset, long length) throws IOException {
    return client.zero(offset, length, true);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    client.trim(offset, length);
  }

  @Override
  public void zero(long offset, long length, boolean mayUnmap) throws IOException {
    requireInside(offset, length);
    if (client.zero(offset, length, mayUnmap)) {
      return;
    }
    MemorySegment zeroes = MemorySegment.ofArray(new byte[(int) Math.min(ZEROES, length)]);
    for (long at = 0; at < length; at += ZEROES) {
      client.write(offset + at, zeroes.asSlice(0, Math.min(ZEROES, length - at)));
    }
  }

  @Override
  public void resize(long size) throws IOException {
    if (size != client.size()) {
      throw new IOException(
          "disk image %s has %d bytes, which its server decides".formatted(address, size()));
    }
  }

  @Override
  public long next(long offset, boolean data) throws IOException {
    if (offset >= client.size()) {
      return client.size();
    }
    BlockStatus run = client.status(offset, client.size() - offset);
    return run.zero() == data ? offset + run.length() : offset;
  }

  @Override
  public String name() {
    return address.toString();
  }

  @Override
  public void close() {
    client.close();
  }
}
