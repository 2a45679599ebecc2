package atoll.api;

import atoll.api.ExpectationException.Reason;
import atoll.api.SystemWatch.Awaited;
import atoll.scenario.TimeAmount;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Commands by Atoll's own agent in the guest ({@code guests/agent}, which has the protocol), over a
 * stream for each: the console is left alone, and several can run at once.
 */
final class AgentCommands implements GuestCommands {
  /** Where the agent listens. */
  private static final int PORT = 7766;

  private static final String FILE = "agent.elf";
  private static final Duration A_MOMENT = Duration.ofSeconds(5);

  /** A guest without an agent says so at once; a busy host is no reason to do without. */
  private static final Duration ANSWER = Duration.ofSeconds(30);

  private static final int HEAD = 5;
  private static final Map<Integer, String> ERRORS =
      Map.of(
          2, "there is no such file or folder",
          13, "permission denied",
          20, "a part of the path is no folder",
          21, "it is a folder",
          26, "it is being executed",
          28, "there is no room",
          30, "the file system is read-only");

  private final Vm vm;
  private final SystemLife life;
  private final Path socket;
  private final ShellPrompt prompt;

  /**
   * @param socket that leads to the guest's streams
   * @param prompt comes after the agent has begun to listen
   */
  AgentCommands(Vm vm, SystemLife life, Path socket, ShellPrompt prompt) {
    this.vm = vm;
    this.life = life;
    this.socket = socket;
    this.prompt = prompt;
  }

  /** The agent, an ELF file. */
  static byte[] program() {
    try (InputStream in = AgentCommands.class.getResourceAsStream(FILE)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new AtollException("the jar of atoll-api is damaged; install it again", e);
    }
  }

  /** Whether somebody listens there, once there is a prompt. */
  boolean listens() {
    prompt.reach();
    CompletableFuture<Boolean> heard = new CompletableFuture<>();
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      life.operator().start("agent", () -> knock(channel, heard));
      Awaited<Boolean> answer =
          life.await(() -> Optional.ofNullable(heard.getNow(null)), () -> vm.hopeless(), ANSWER);
      return answer.value().orElse(false);
    } catch (IOException e) {
      return false;
    }
  }

  private void knock(SocketChannel channel, CompletableFuture<Boolean> heard) {
    boolean there;
    try {
      call(channel);
      there = true;
    } catch (IOException | RuntimeException e) {
      there = false;
    }
    heard.complete(there);
    life.watch().look();
  }

  /** Has the guest's agent at the other end. */
  private DataInputStream call(SocketChannel channel) throws IOException {
    channel.connect(UnixDomainSocketAddress.of(socket));
    write(channel, ("CONNECT " + PORT + "\n").getBytes(StandardCharsets.US_ASCII));
    DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
    requireLine(in);
    return in;
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      int ignored = channel.write(left);
      assert ignored >= 0;
    }
  }

  /** The hub's answer, which says that somebody listens. */
  private static void requireLine(DataInputStream in) throws IOException {
    int next = in.read();
    while (next != '\n') {
      if (next < 0) {
        throw new IOException("the agent in the guest does not listen");
      }
      next = in.read();
    }
  }

  @Override
  public CommandResult run(String command, Duration limit) {
    Exchange exchange = new Exchange(request('R', command));
    int code = exchange.perform("'" + command + "'", "cannot be run in the guest", limit);
    return new CommandResult(
        command, code, exchange.output.toByteArray(), exchange.error.toByteArray());
  }

  @Override
  public void put(String place, byte[] content, int permissions, Duration limit) {
    byte[] head = request('P', place);
    ByteBuffer request =
        ByteBuffer.allocate(head.length + Integer.BYTES + Long.BYTES + content.length);
    request.order(ByteOrder.LITTLE_ENDIAN).put(head);
    request.putInt(permissions).putLong(content.length).put(content);
    int ignored =
        new Exchange(request.array()).perform(place, "cannot be written in the guest", limit);
    assert ignored == 0;
  }

  @Override
  public byte[] get(String place, Duration limit) {
    Exchange exchange = new Exchange(request('G', place));
    int ignored = exchange.perform(place, "is no file in the guest that can be read", limit);
    assert ignored == 0;
    return exchange.output.toByteArray();
  }

  private static byte[] request(char kind, String words) {
    byte[] bytes = words.getBytes(StandardCharsets.UTF_8);
    ByteBuffer request = ByteBuffer.allocate(HEAD + bytes.length);
    request.order(ByteOrder.LITTLE_ENDIAN).put((byte) kind).putInt(bytes.length).put(bytes);
    return request.array();
  }

  /** The guest's operating system says no. */
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refusal(String message) {
      super(message, null, false, false);
    }
  }

  /** One request and what is answered. */
  private final class Exchange {
    final ByteArrayOutputStream output = new ByteArrayOutputStream();
    final ByteArrayOutputStream error = new ByteArrayOutputStream();
    private final byte[] request;
    private final CompletableFuture<Integer> result = new CompletableFuture<>();

    Exchange(byte[] request) {
      this.request = request;
    }

    /**
     * Does it; the guest's threads and the host's are not the caller's, which may be interrupted.
     *
     * @param what is asked for, for messages
     * @param fault what is wrong if it fails, as in {@code what + fault}
     * @return the exit code
     */
    int perform(String what, String fault, Duration limit) {
      prompt.reach();
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        life.operator().start("agent", () -> talk(channel));
        Awaited<Boolean> done =
            life.await(
                () -> result.isDone() ? Optional.of(true) : Optional.empty(),
                () -> vm.hopeless(),
                limit);
        if (done.value().isEmpty()) {
          throw late(done.reason().orElseThrow(), what, limit);
        }
        return result.join();
      } catch (CompletionException e) {
        throw failed(what, fault, e.getCause());
      } catch (IOException e) {
        throw failed(what, fault, e);
      }
    }

    private CommandException failed(String what, String fault, Throwable why) {
      if (why instanceof Refusal) {
        return new CommandException("%s %s: %s".formatted(what, fault, why.getMessage()), text());
      }
      // A guest that ends takes its agent with it, a moment before it has ended.
      Awaited<Reason> end = life.await(vm::hopeless, Optional::empty, A_MOMENT);
      return end.value().isPresent()
          ? late(end.value().get(), what, A_MOMENT)
          : new CommandException(
              "the connection with the agent in %s was lost during %s: %s"
                  .formatted(vm.name(), what, why.getMessage()),
              text());
    }

    private CommandException late(Reason reason, String what, Duration limit) {
      return reason == Reason.TIME
          ? new CommandException(
              "%s has not ended within %s of guest time, and was killed"
                  .formatted(what, TimeAmount.inWords(limit)),
              text())
          : new CommandException(
              vm.missed(reason, limit, "the end of " + what).getMessage(), text());
    }

    private String text() {
      return output.toString(StandardCharsets.UTF_8) + error.toString(StandardCharsets.UTF_8);
    }

    private void talk(SocketChannel channel) {
      try {
        DataInputStream in = call(channel);
        write(channel, request);
        result.complete(answer(in));
      } catch (IOException | RuntimeException e) {
        result.completeExceptionally(e);
      }
      life.watch().look();
    }

    private int answer(DataInputStream in) throws IOException {
      while (true) {
        byte kind = in.readByte();
        byte[] content = new byte[Integer.reverseBytes(in.readInt())];
        in.readFully(content);
        switch (kind) {
          case 'o', 'd' -> output.writeBytes(content);
          case 'e' -> error.writeBytes(content);
          case 'x' -> {
            return number(content);
          }
          default -> throw new Refusal(inWords(number(content)));
        }
      }
    }

    private int number(byte[] content) {
      return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }

    private String inWords(int fault) {
      return ERRORS.getOrDefault(fault, "error " + fault);
    }
  }
}
