package atoll.server;

import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.manager.BoardAction;
import atoll.manager.Bytes;
import atoll.manager.DebugAction;
import atoll.manager.LifeAction;
import atoll.manager.Manager;
import atoll.manager.MigrationAction;
import atoll.manager.SnapshotAction;
import atoll.manager.SystemAction;
import atoll.manager.SystemStatistics;
import atoll.manager.TrustAction;
import atoll.manager.VmAction;
import atoll.manager.VmReport;
import atoll.manager.VmStatus;
import atoll.report.CrashReport;
import atoll.scenario.ConsoleKind;
import atoll.scenario.DeviceSpec;
import atoll.trust.Attestation;
import atoll.vmm.WriteSample;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Performs what clients ask a system for, and writes what comes of it. */
final class ControlActions {
  /** How long a guest may take to read what is sent to it. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration SAMPLE = Duration.ofSeconds(1);

  private final Manager manager;
  private final SystemFeeds feeds;
  private final Monitor monitor;

  ControlActions(Manager manager, SystemFeeds feeds, Monitor monitor) {
    this.manager = manager;
    this.feeds = feeds;
    this.monitor = monitor;
  }

  /**
   * Performs a request whose answer is all that comes of it.
   *
   * @return writes the result, a value
   * @throws RefusedException if it cannot be done; those of {@link Manager#perform} too
   */
  JsonText.Writing perform(Request request) throws InterruptedException {
    return switch (request.command()) {
      case LIST -> {
        SystemStatistics now = describe();
        yield object(json -> SystemJson.writeList(now, json));
      }
      case STATS -> stats(request);
      case NETWORKS -> {
        SystemStatistics now = describe();
        yield object(json -> NetworkJson.write(now.networks(), json));
      }
      case START -> status(request, new LifeAction.Start(request.vm()));
      case STOP -> status(request, new LifeAction.Stop(request.vm()));
      case RESET -> status(request, new LifeAction.Reset(request.vm()));
      case PAUSE -> status(request, pause(request));
      case RESUME -> status(request, resume(request));
      case POWERDOWN -> press(BoardAction.PressButton.power(request.vm()));
      case PRESS ->
          press(
              new BoardAction.PressButton(
                  request.vm(),
                  request.text("button"),
                  request.time("time").orElse(BoardAction.PressButton.USUAL)));
      case HOLD -> press(new BoardAction.HoldButton(request.vm(), request.text("button"), true));
      case RELEASE ->
          press(new BoardAction.HoldButton(request.vm(), request.text("button"), false));
      case PANEL -> value(manager.perform(new BoardAction.ReadPanel(request.vm())));
      case REGISTERS -> value(Map.of("harts", registers(request.vm())));
      case REPORT -> report(request.vm());
      case BALLOON ->
          value(manager.perform(new BoardAction.Balloon(request.vm(), request.bytes())));
      case DIRTY -> dirty(request);
      case LINK ->
          done(new BoardAction.Link(request.vm(), request.number("nic"), request.flag("up")));
      case DISK -> disk(request);
      case SAVE -> value(manager.perform(new SnapshotAction.SaveSnapshot(request.text("name"))));
      case ATTEST -> attest(request);
      case DEVICES ->
          value(Map.of("devices", manager.perform(new BoardAction.ListDevices(request.vm()))));
      case DEVICE -> replace(request);
      case DUMP -> typed("dump", request.vm(), request.text("file"));
      case GDB ->
          request.has("address")
              ? typed("gdb", request.vm(), request.text("address"))
              : typed("gdb", request.vm());
      case MIGRATE -> migrate(request);
      case RESOLVE_MIGRATION -> done(new MigrationAction.ResolveMigration(request.flag("here")));
      case SCREENSHOT -> value(manager.perform(new BoardAction.TakeScreenshot(request.vm())));
      case SEND -> send(request.vm(), request.text("text"));
      case WINDOW ->
          done(
              new BoardAction.ResizeConsole(
                  request.vm(), request.number("columns"), request.number("rows")));
      case MONITOR -> typed(words(request.text("line")));
      case CONSOLE, EVENTS, QUIT ->
          throw new IllegalArgumentException(request.command() + " is about the connection");
    };
  }

  private static JsonText.Writing value(Object value) {
    return json -> RecordJson.write(value, json);
  }

  private static JsonText.Writing object(JsonText.Writing fields) {
    return json -> {
      json.writeStartObject();
      fields.to(json);
      json.writeEndObject();
    };
  }

  private SystemStatistics describe() {
    return manager.perform(new SystemAction.DescribeSystem());
  }

  private JsonText.Writing stats(Request request) {
    SystemStatistics now = describe();
    if (request.vmIfAny().isEmpty()) {
      return object(json -> SystemJson.write(now, json));
    }
    VmReport vm = report(now, request.vm());
    return json -> SystemJson.write(vm, json);
  }

  private static VmReport report(SystemStatistics now, String name) {
    return now.vms().stream()
        .filter(vm -> vm.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new RefusedException(
                "there is no VM '%s'%s"
                    .formatted(
                        name,
                        Words.nearestOf(name, now.vms().stream().map(VmReport::name).toList()))));
  }

  private JsonText.Writing status(Request request, VmAction<VmStatus> action) {
    VmStatus now = manager.perform(action);
    return value(new Status(request.vm(), now));
  }

  /** What state a VM is in after an action. */
  record Status(String vm, VmStatus status) {}

  private JsonText.Writing press(VmAction<Boolean> action) {
    return value(Map.of("heard", manager.perform(action)));
  }

  private static VmAction<VmStatus> pause(Request request) {
    OptionalInt vcpu = request.numberIfAny("vcpu");
    return vcpu.isPresent()
        ? new LifeAction.PauseVcpu(request.vm(), vcpu.getAsInt())
        : new LifeAction.Pause(request.vm());
  }

  private static VmAction<VmStatus> resume(Request request) {
    OptionalInt vcpu = request.numberIfAny("vcpu");
    return vcpu.isPresent()
        ? new LifeAction.ResumeVcpu(request.vm(), vcpu.getAsInt())
        : new LifeAction.Resume(request.vm());
  }

  private List<?> registers(String vm) {
    return manager.perform(new DebugAction.ReadRegisters(vm));
  }

  private JsonText.Writing report(String vm) {
    CrashReport report = manager.perform(new DebugAction.Examine(vm));
    return object(json -> {
      RecordJson.writeFields(report, json);
      json.writeStringField("text", report.text(CrashReport.CONSOLE_LINES));
    });
  }

  private JsonText.Writing dirty(Request request) {
    WriteSample sample =
        manager.perform(
            new DebugAction.SampleWrites(request.vm(), request.time("time").orElse(SAMPLE)));
    return object(json -> {
      RecordJson.writeFields(sample, json);
      json.writeNumberField("bytes", sample.bytes());
      json.writeNumberField("bytesPerSecond", sample.bytesPerSecond());
    });
  }

  /** What an image is called is understood as a person types it. */
  private JsonText.Writing disk(Request request) {
    int disk = request.number("disk");
    if (request.text(ControlCommand.ACTION).equals("resize")) {
      return done(new BoardAction.GrowDisk(request.vm(), disk, request.bytes()));
    }
    return typed("disk", "change", request.vm(), Integer.toString(disk), request.text("image"));
  }

  private JsonText.Writing replace(Request request) {
    Path jar = Path.of(request.text("jar")).toAbsolutePath();
    return done(
        new BoardAction.ReplaceDevice(
            request.vm(),
            request.text("device"),
            new DeviceSpec.Code.InJar(jar, request.text("class"))));
  }

  private JsonText.Writing migrate(Request request) {
    return value(
        manager.perform(
            new MigrationAction.Migrate(
                request.text("to"),
                request.texts("vms").map(List::copyOf).orElse(List.of()),
                request.time("downtime").orElse(MigrationAction.Migrate.DOWNTIME),
                request.time("limit").orElse(MigrationAction.Migrate.LIMIT),
                request.texts("shared").stream()
                    .flatMap(Collection::stream)
                    .map(Path::of)
                    .toList())));
  }

  /** What the monitor says to a person. */
  private JsonText.Writing typed(String... words) {
    return value(Map.of("lines", monitor.perform(List.of(words))));
  }

  private JsonText.Writing attest(Request request) {
    String key = request.has("key") ? request.text("key") : TrustAction.Attest.KEY;
    Attestation.Quote quote =
        manager.perform(new TrustAction.Attest(key, Optional.of(request.text("nonce"))));
    return value(Map.of("log", quote.log(), "signature", quote.signature()));
  }

  private JsonText.Writing done(VmAction<Void> action) {
    manager.perform(action);
    return value(Map.of());
  }

  private static String[] words(String line) {
    if (line.isBlank()) {
      throw new RefusedException("the line is empty; help lists the commands");
    }
    return line.strip().split("\\s+");
  }

  private JsonText.Writing send(String vm, String text) throws InterruptedException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    requireReader(vm);
    int left = type(vm, bytes, PATIENCE).length;
    if (left > 0) {
      requireReader(vm);
      throw new RefusedException(
          "%s has taken %d of %d bytes, and no more for some time; it is %s"
              .formatted(vm, bytes.length - left, bytes.length, Words.of(feeds.of(vm).status())));
    }
    return value(Map.of("bytes", bytes.length));
  }

  /**
   * The console device that gets what is typed.
   *
   * @throws RefusedException if there is no such VM, or it has no console
   */
  ConsoleKind console(String vm) {
    ConsoleKind console = feeds.of(vm).console();
    if (console == ConsoleKind.NONE) {
      throw new RefusedException(vm + " has no console; its scenario says console: none");
    }
    return console;
  }

  private void requireReader(String vm) {
    ConsoleKind ignored = console(vm);
    VmStatus status = feeds.of(vm).status();
    if (!reads(status)) {
      throw new RefusedException(
          "%s is %s, and what is typed goes nowhere; start it first"
              .formatted(vm, Words.of(status)));
    }
  }

  /** Whether what is typed can come to a VM, now or when it goes on. */
  boolean reads(String vm) {
    return reads(feeds.of(vm).status());
  }

  private static boolean reads(VmStatus status) {
    return status == VmStatus.RUNNING || status == VmStatus.PAUSED;
  }

  /**
   * Types on a console, and waits for room where there is none.
   *
   * @param most how long to wait for each piece
   * @return what the guest has not taken in this time, or by its end
   */
  byte[] type(String vm, byte[] bytes, Duration most) throws InterruptedException {
    Feed feed = feeds.of(vm);
    int done = 0;
    boolean room = true;
    while (room && done < bytes.length && reads(feed.status())) {
      long mark = feed.rooms();
      Bytes rest = Bytes.of(bytes, done, bytes.length - done);
      done += manager.perform(new BoardAction.Type(vm, rest));
      room = done == bytes.length || feed.awaitRoom(mark, most);
    }
    return Arrays.copyOfRange(bytes, done, bytes.length);
  }
}
