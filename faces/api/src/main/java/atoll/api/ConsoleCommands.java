package atoll.api;

import atoll.api.ExpectationException.Reason;
import atoll.scenario.TimeAmount;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Commands by the shell on a guest's console. What goes there and back is base64 in short lines, so
 * that echoes, control characters and a terminal's longest line do not matter; a piece into which a
 * kernel's message has come is asked for again. The command's output is in files meanwhile: the
 * guest needs {@code sh}, {@code base64}, {@code dd}, {@code wc} and a place for them in {@code
 * /tmp}.
 */
final class ConsoleCommands implements GuestCommands {
  /**
   * Characters of base64 in a typed line, four for three bytes: a terminal takes 4095 in all,
   * busybox' shell 1024 where it edits lines, and 512 where it was made small.
   */
  private static final int TYPED = 360;

  /** Bytes that come back at once: their base64 is kept whole by the console's text. */
  private static final int PIECE = 48 << 10;

  private static final int TRIES = 3;

  /** How long a shell may take for what is done at once. */
  private static final Duration PROMPT = Duration.ofMinutes(2);

  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]+={0,2}");

  private final Vm vm;
  private final ShellPrompt prompt;
  private final ShellLines shell;
  private final String folder;
  private final ReentrantLock one = new ReentrantLock();
  private long number;

  /**
   * @param nonce that no output and no file has by chance
   */
  ConsoleCommands(Vm vm, SystemLife life, ShellPrompt prompt, String nonce) {
    this.vm = vm;
    this.prompt = prompt;
    shell = new ShellLines(vm, life, nonce);
    folder = "/tmp/.atoll-" + nonce;
  }

  @Override
  public CommandResult run(String command, Duration limit) {
    return alone(() -> {
      String files = send((command + "\n").getBytes(StandardCharsets.UTF_8));
      String end = shell.say("code $?");
      shell.type("sh %1$s.in </dev/null >%1$s.out 2>%1$s.err; %2$s".formatted(files, end));
      int code = code(files, command, limit);
      byte[] output = fetch(files + ".out");
      byte[] error = fetch(files + ".err");
      clean(files);
      return new CommandResult(command, code, output, error);
    });
  }

  private int code(String files, String command, Duration limit) {
    try {
      Matcher found = shell.await(Pattern.compile("code (\\d+)"), limit, "'" + command + "'");
      return Integer.parseInt(found.group(1));
    } catch (ShellLines.Late e) {
      if (e.reason() != Reason.TIME) {
        throw e;
      }
      throw new CommandException(
          "'%s' has not ended within %s of guest time, and was interrupted"
              .formatted(command, TimeAmount.inWords(limit)),
          interrupted(files));
    }
  }

  /** What a command has printed that takes too long; it gets a Ctrl-C. */
  private String interrupted(String files) {
    try {
      vm.console().send(new byte[] {3});
      String text = text(fetch(files + ".out")) + text(fetch(files + ".err"));
      clean(files);
      return text;
    } catch (ShellLines.Late | AtollException e) {
      return "(the shell does not come back)";
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public void put(String place, byte[] content, int permissions, Duration limit) {
    alone(() -> {
      String files = send(content);
      String to = GuestCommands.quoted(place);
      shell.type(
          "cat %s.in >%s && chmod %s %s; %s"
              .formatted(files, to, Integer.toOctalString(permissions), to, shell.say("code $?")));
      boolean done = succeeds(limit, place);
      clean(files);
      require(done, place + " cannot be written in the guest");
      return null;
    });
  }

  @Override
  public byte[] get(String place, Duration limit) {
    return alone(() -> {
      String from = GuestCommands.quoted(place);
      shell.type("[ -f %1$s ] && [ -r %1$s ]; %2$s".formatted(from, shell.say("code $?")));
      require(succeeds(limit, place), place + " is no file in the guest that can be read");
      return fetch(from);
    });
  }

  private boolean succeeds(Duration limit, String doing) {
    return shell.await(Pattern.compile("code (\\d+)"), limit, doing).group(1).equals("0");
  }

  private void require(boolean done, String fault) {
    if (!done) {
      throw new CommandException(fault, vm.console().tail(5));
    }
  }

  /** One after another, at a prompt, and with what a failure means. */
  private <T> T alone(Supplier<T> work) {
    lock();
    try {
      prompt.reach();
      shell.begin();
      return work.get();
    } catch (ShellLines.Late e) {
      throw e.getCause() instanceof ExpectationException said
          ? new CommandException(said.getMessage(), "")
          : e;
    } finally {
      vm.console().skipOwn();
      one.unlock();
    }
  }

  private void lock() {
    try {
      one.lockInterruptibly();
    } catch (InterruptedException e) {
      throw Operator.interrupted("interrupted before the command was run", e);
    }
  }

  /** Brings bytes into a file of the guest; returns its name without the {@code .in}. */
  private String send(byte[] bytes) {
    String files = folder + "-" + ++number;
    String text = Base64.getEncoder().encodeToString(bytes);
    shell.type(": >%s.64; %s".formatted(files, shell.say("sent 0")));
    awaitSent(0);
    for (int from = 0, n = 1; from < text.length(); from += TYPED, n++) {
      String part = text.substring(from, Math.min(text.length(), from + TYPED));
      shell.type("printf %%s '%s' >>%s.64; %s".formatted(part, files, shell.say("sent " + n)));
      awaitSent(n);
    }
    shell.type(
        "base64 -d <%1$s.64 >%1$s.in && rm %1$s.64; %2$s".formatted(files, shell.say("code $?")));
    require(
        succeeds(PROMPT, "what was sent"), "the guest's shell has no base64, or no room in /tmp");
    return files;
  }

  private void awaitSent(int part) {
    Matcher ignored = shell.await(Pattern.compile("sent " + part), PROMPT, "what was sent");
    assert ignored.hasMatch();
  }

  private void clean(String files) {
    shell.type("rm -f %1$s.in %1$s.out %1$s.err".formatted(files));
  }

  /** The content of a file of the guest. */
  private byte[] fetch(String file) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    long size = size(file);
    while (all.size() < size) {
      int length = (int) Math.min(PIECE, size - all.size());
      all.writeBytes(fetch(file, all.size() / PIECE, length));
    }
    return all.toByteArray();
  }

  private long size(String file) {
    shell.type(shell.say("size $(wc -c <%s)".formatted(file)));
    Matcher size = shell.await(Pattern.compile("size *(\\d+)"), PROMPT, "what came of the command");
    if (Long.parseLong(size.group(1)) > Integer.MAX_VALUE - PIECE) {
      throw new CommandException(
          "%s bytes are more than can be fetched".formatted(size.group(1)), "");
    }
    return Long.parseLong(size.group(1));
  }

  private byte[] fetch(String file, int piece, int length) {
    for (int n = 0; n < TRIES; n++) {
      String name = "piece %d.%d".formatted(piece, n);
      shell.type(
          "%s; dd if=%s bs=%d skip=%d count=1 2>/dev/null | base64; %s"
              .formatted(shell.say(name + " begin"), file, PIECE, piece, shell.say(name + " end")));
      Optional<byte[]> got = received(name, length);
      if (got.isPresent()) {
        return got.get();
      }
    }
    throw new CommandException(
        "what came of the command was disturbed on the console again and again",
        vm.console().tail(5));
  }

  /** A piece, unless something has come in between. */
  private Optional<byte[]> received(String name, int length) {
    String doing = "what came of the command";
    Matcher begin = shell.await(Pattern.compile(Pattern.quote(name) + " begin"), PROMPT, doing);
    assert begin.hasMatch();
    List<String> lines = new ArrayList<>();
    String end = shell.marked(name + " end");
    Boolean ended =
        shell.next(
            line -> {
              if (line.endsWith(end)) {
                return Optional.of(true);
              }
              lines.add(line);
              return Optional.empty();
            },
            PROMPT,
            doing);
    assert ended;
    return decoded(String.join("", lines), length);
  }

  private static Optional<byte[]> decoded(String text, int length) {
    if (!BASE64.matcher(text).matches() || text.length() % 4 != 0) {
      return Optional.empty();
    }
    byte[] bytes = Base64.getDecoder().decode(text);
    return bytes.length == length ? Optional.of(bytes) : Optional.empty();
  }
}
