package atoll.server;

import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.kernel.KernelException;
import atoll.manager.Event;
import atoll.scenario.ConsoleKind;
import atoll.vmm.VmException;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * One client of a running system. Its requests are performed one after the other, on the thread
 * that reads them, and what it does not read waits for it in its socket; another thread writes
 * events. So a client holds up nobody but itself.
 */
final class ControlConnection {
  /** Bytes of a request. */
  static final int LONGEST = 1 << 18;

  /** Pieces of what is typed at an attached console that wait for the guest. */
  private static final int MOST_TYPED = 64;

  /** How often it is looked whether somebody is still there who has typed something. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private static final String PRINTED = "printed";

  /** The last event of all. */
  private static final JsonText.Writing ENDED =
      json -> RecordJson.write(Map.of("event", "system-ended"), json);

  private final SocketChannel channel;
  private final LineReader in;
  private final LineWriter out;
  private final ControlActions actions;
  private final SystemFeeds feeds;
  private final Runnable quit;
  private final Tasks tasks;
  private final Mailbox box = new Mailbox();
  private final CountDownLatch told = new CountDownLatch(1);

  /** Whether somebody empties the box; set by the reading thread. */
  private volatile boolean telling;

  private volatile boolean gone;

  /** The VM whose console the connection is; of the reading thread. */
  private String console = "";

  /** Held while a request is performed and answered. */
  private final Semaphore answering = new Semaphore(1);

  /** What went wrong with a request, in one word. */
  private enum Trouble {
    /** The line makes no sense. */
    INVALID,
    /** It does, but cannot be done now. */
    REFUSED,
    /** The host or a VM has failed. */
    FAILED
  }

  ControlConnection(
      SocketChannel channel,
      ControlActions actions,
      SystemFeeds feeds,
      Runnable quit,
      Tasks tasks) {
    this.channel = channel;
    this.actions = actions;
    this.feeds = feeds;
    this.quit = quit;
    this.tasks = tasks;
    in = new LineReader(channel, LONGEST);
    out = new LineWriter(channel);
  }

  /** Serves the client until it goes, or {@link #end}. */
  void serve(JsonText.Writing greeting) {
    try {
      out.write(greeting);
      Optional<String> line = in.next();
      while (line.isPresent() && answered(line.get())) {
        line = in.next();
      }
      if (line.isPresent()) {
        passOn(console);
      }
    } catch (LineReader.TooLongException e) {
      sayGoodbye(e.getMessage());
    } catch (IOException | RuntimeException e) {
      // The client has gone; a fault of its connection is nobody else's.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      gone = true;
      feeds.unsubscribe(box);
      box.close();
      close();
    }
  }

  /** Tells a client why it is not listened to. */
  private void sayGoodbye(String why) {
    try {
      error(null, Trouble.INVALID, why);
    } catch (IOException e) {
      // It has gone.
    }
  }

  /** Sends a client away for which there is no room. */
  static void refuse(SocketChannel channel, String why) {
    try (channel) {
      error(new LineWriter(channel), null, Trouble.REFUSED, why);
    } catch (IOException e) {
      // It has gone.
    }
  }

  /** Performs a request, which an end waits for; returns whether others follow. */
  private boolean answered(String line) throws IOException, InterruptedException {
    answering.acquire();
    try {
      return answer(line);
    } finally {
      answering.release();
    }
  }

  private boolean answer(String line) throws IOException, InterruptedException {
    if (line.isBlank()) {
      return true;
    }
    Object id = null;
    try {
      Request request = Request.parse(line);
      id = request.id();
      return perform(request);
    } catch (InvalidRequestException e) {
      error(Request.idOf(line), Trouble.INVALID, e.getMessage());
    } catch (RefusedException e) {
      error(id, Trouble.REFUSED, e.getMessage());
    } catch (VmException | HostException | KernelException e) {
      error(id, Trouble.FAILED, e.getMessage());
    } catch (RuntimeException | StackOverflowError e) {
      error(id, Trouble.FAILED, "this is a bug in Atoll: " + e);
    }
    return true;
  }

  /** Returns whether the connection goes on. */
  private boolean perform(Request request) throws IOException, InterruptedException {
    return switch (request.command()) {
      case CONSOLE -> {
        attach(request);
        yield false;
      }
      case EVENTS -> {
        subscribe(request);
        yield true;
      }
      case QUIT -> {
        result(request.id(), json -> RecordJson.write(Map.of(), json));
        quit.run();
        yield true;
      }
      default -> {
        result(request.id(), actions.perform(request));
        yield true;
      }
    };
  }

  private void result(Object id, JsonText.Writing value) throws IOException {
    out.write(json -> {
      json.writeStartObject();
      if (id != null) {
        RecordJson.writeField(Request.ID, id, json);
      }
      json.writeFieldName("result");
      value.to(json);
      json.writeEndObject();
    });
  }

  private void error(Object id, Trouble kind, String message) throws IOException {
    error(out, id, kind, message);
  }

  private static void error(LineWriter to, Object id, Trouble kind, String message)
      throws IOException {
    to.write(json -> {
      json.writeStartObject();
      if (id != null) {
        RecordJson.writeField(Request.ID, id, json);
      }
      json.writeObjectFieldStart("error");
      json.writeStringField("kind", Words.of(kind));
      json.writeStringField("message", message);
      json.writeEndObject();
      json.writeEndObject();
    });
  }

  /** Events follow, in place of those that were asked for before. */
  private void subscribe(Request request) throws IOException {
    Set<String> names = EventJson.names();
    Set<String> wanted = request.texts("only").orElse(names);
    for (String name : wanted) {
      if (!names.contains(name)) {
        throw new RefusedException(
            "there is no event '%s'%s".formatted(name, Words.nearestOrAll(name, names)));
      }
    }
    request.vmIfAny().ifPresent(feeds::of);
    feeds.unsubscribe(box);
    feeds.subscribe(request.vmIfAny(), box, wanted, request.flag("history"));
    result(request.id(), json -> RecordJson.write(Map.of(), json));
    if (!telling) {
      telling = true;
      EventJson events = new EventJson();
      tasks.start(
          "control-events",
          () -> tell(letter -> out.write(events.of(letter)), () -> out.write(ENDED)));
    }
  }

  /** Something that sends what is in the box. */
  private interface Telling {
    void tell(Mailbox.Letter letter) throws IOException;
  }

  /** Something that is sent when the system has ended. */
  private interface Farewell {
    void say() throws IOException;
  }

  private void tell(Telling telling, Farewell farewell) {
    try {
      Optional<Mailbox.Letter> next = box.take();
      while (next.isPresent()) {
        telling.tell(next.get());
        next = box.take();
      }
      if (!gone) {
        farewell.say();
      }
    } catch (IOException | RuntimeException e) {
      close(); // The client has gone, which its reader finds out by this.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      told.countDown();
    }
  }

  /**
   * From now on the connection is a VM's console: what comes is typed, and what the VM prints goes
   * back. Typing has a thread of its own, so that a client which goes is noticed while its guest
   * does not read.
   */
  private void attach(Request request) throws IOException {
    String vm = request.vm();
    ConsoleKind device = actions.console(vm);
    if (telling) {
      throw new RefusedException("events follow on this connection; open another one");
    }
    feeds.subscribe(Optional.of(vm), box, Set.of(PRINTED), request.flag("history"));
    result(request.id(), json -> RecordJson.write(new Attached(vm, device), json));
    telling = true;
    tasks.start("control-console", () -> tell(this::show, () -> {}));
    console = vm;
  }

  /** What comes from now on is typed at a console. */
  private void passOn(String vm) throws IOException, InterruptedException {
    BlockingQueue<byte[]> typed = new ArrayBlockingQueue<>(MOST_TYPED);
    tasks.start("control-typing", () -> type(vm, typed));
    try {
      byte[] bytes = in.bytes();
      while (bytes.length > 0) {
        typed.put(bytes);
        bytes = in.bytes();
      }
    } finally {
      gone = true;
      typed.clear();
      typed.add(new byte[0]);
    }
  }

  /** Which console the connection has become. */
  record Attached(String vm, ConsoleKind device) {}

  private void show(Mailbox.Letter letter) throws IOException {
    if (letter instanceof Mailbox.Told(Event.Printed printed, long nanos)) {
      out.write(printed.bytes().toArray());
    } else if (letter instanceof Mailbox.Lost lost) {
      out.write(
          "\r\natoll: %d bytes are lost, since they were not read in time\r\n"
              .formatted(lost.bytes())
              .getBytes(StandardCharsets.UTF_8));
    }
  }

  private void type(String vm, BlockingQueue<byte[]> typed) {
    try {
      byte[] next = typed.take();
      while (next.length > 0) {
        byte[] left = typed(vm, next);
        next = left.length == 0 ? typed.take() : left;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns what the guest has not taken; the system may have ended meanwhile. */
  private byte[] typed(String vm, byte[] bytes) throws InterruptedException {
    try {
      byte[] left = actions.type(vm, bytes, LOOK);
      return gone || !actions.reads(vm) ? new byte[0] : left;
    } catch (RefusedException e) {
      return new byte[0];
    }
  }

  /**
   * The system has ended: what the client has asked for is answered, what it has not been told yet
   * is written, if it reads it soon, and the connection is closed.
   *
   * @param millis how long each of the two may take
   * @return whether it has read all of it
   */
  boolean end(long millis) {
    box.close();
    try {
      return answering.tryAcquire(millis, TimeUnit.MILLISECONDS)
          && (!telling || told.await(millis, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      close();
    }
  }

  private void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is of no use any more.
    }
  }
}
