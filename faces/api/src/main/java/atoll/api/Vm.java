package atoll.api;

import atoll.api.ExpectationException.Reason;
import atoll.api.SystemWatch.Awaited;
import atoll.disk.DiskLocation;
import atoll.image.Words;
import atoll.manager.BoardAction;
import atoll.manager.DebugAction;
import atoll.manager.GuestSymbols;
import atoll.manager.LifeAction;
import atoll.manager.VmAction;
import atoll.peripheral.PeripheralFactory;
import atoll.report.CrashReport;
import atoll.scenario.DeviceSpec;
import atoll.scenario.Guest;
import atoll.vmm.FrontPanel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A VM of a system, in all its lives. A <em>life</em> is one run from power-on to its end; after a
 * reset another one begins with the same name, disks and console.
 */
public final class Vm {
  /** How long a guest may take for what a copy is made of. */
  private static final Duration COPY_LIMIT = Duration.ofMinutes(5);

  private final AtollSystem system;
  private final String name;
  private final SystemLife life;
  private final Memory memory;
  private final Optional<Console> console;
  private final Optional<GuestCommands> commands;
  private final GuestSymbols symbols;

  Vm(AtollSystem system, String name, SystemLife life) {
    this.system = system;
    this.name = name;
    this.life = life;
    memory = new Memory(name, life.operator());
    console =
        ask(watch -> watch.texts().isEmpty())
            ? Optional.empty()
            : Optional.of(new Console(this, life));
    Guest guest = ask(watch -> watch.description().guest());
    symbols = new GuestSymbols(ask(VmWatch::description));
    commands = console.map(there -> GuestCommands.of(this, life, guest));
  }

  private <T> T ask(Function<VmWatch, T> question) {
    return life.watch().ask(name, question);
  }

  private <R> R perform(VmAction<R> action) {
    return life.operator().perform(action);
  }

  /**
   * Its name in the scenario; {@code vm} if there is none.
   *
   * @return unique in its system
   */
  public String name() {
    return name;
  }

  /**
   * The system that it belongs to.
   *
   * @return with this and the other VMs
   */
  public AtollSystem system() {
    return system;
  }

  // ------------------------------------------------------------ console

  /**
   * What it prints, and its keyboard.
   *
   * @return one for all its lives
   * @throws AtollException if its scenario gives it none
   */
  public Console console() {
    return console.orElseThrow(
        () -> new AtollException(name + " has no console; its scenario says 'console: none'"));
  }

  /** The tail of its console, or a report of it if it has failed; empty if there is neither. */
  String tail() {
    return ending().filter(Ending::failed).isPresent()
        ? report()
        : console.map(Console::tail).orElse("");
  }

  // ------------------------------------------------------------ commands and files

  /** How long a command may take that is given no limit, in guest time. */
  public static final Duration USUAL_LIMIT = Duration.ofSeconds(60);

  /**
   * Runs a command in a guest with a shell, at most for {@link #USUAL_LIMIT}; see {@link
   * #run(String, Duration)}.
   *
   * @param command as {@code sh} reads it
   * @return its output and its exit code, whichever that is
   * @throws CommandException if it cannot be run, or has not ended in time
   */
  public CommandResult run(String command) {
    return run(command, USUAL_LIMIT);
  }

  /**
   * Runs a command in a guest with a shell. Each command has a shell of its own, {@code sh}, with
   * no input: a {@code cd} or a variable does not last.
   *
   * <p>Atoll's Linux, and systems on images of Atoll's, have an agent, which runs commands beside
   * the console, several at once ({@link VmBuilder#agent}). In other guests the command is typed on
   * the console, where there has to be a prompt. Atoll's images come to one by themselves, and this
   * waits for it; elsewhere it is reached by {@link Console#expect} and {@link Console#sendLine}
   * first. Such a guest needs {@code base64}, {@code dd} and {@code wc}, which every busybox and
   * every distribution has.
   *
   * <p>A command that ends the machine never comes back: type it by {@link Console#sendLine}.
   *
   * @param command as {@code sh} reads it; may have several lines
   * @param limit in guest time, for the command alone
   * @return its output and its exit code, whichever that is
   * @throws CommandException if it cannot be run, or has not ended in time; then it has been
   *     interrupted, and the exception has its output
   */
  public CommandResult run(String command, Duration limit) {
    return commands().run(command, limit);
  }

  /**
   * Copies a file of the host into a guest with a shell ({@link #run(String, Duration)}), with its
   * permissions.
   *
   * @param from file of the host
   * @param to path in the guest, in a folder that is there
   * @throws AtollException if one of the two cannot be
   */
  public void copyIn(Path from, String to) {
    commands().put(to, HostFiles.read(from), HostFiles.permissions(from), COPY_LIMIT);
  }

  /**
   * Copies a file of a guest with a shell to the host.
   *
   * @param from path in the guest
   * @param to file of the host; one that is there is replaced
   * @throws AtollException if one of the two cannot be
   */
  public void copyOut(String from, Path to) {
    HostFiles.write(to, readFile(from));
  }

  /**
   * Writes a file in a guest with a shell, readable by all.
   *
   * @param place path in the guest, in a folder that is there
   * @param content its bytes
   * @throws CommandException if it cannot be written
   */
  public void writeFile(String place, byte[] content) {
    commands().put(place, content, HostFiles.READABLE, COPY_LIMIT);
  }

  /**
   * Reads a file of a guest with a shell.
   *
   * @param place path in the guest
   * @return its bytes
   * @throws CommandException if it cannot be read
   */
  public byte[] readFile(String place) {
    return commands().get(place, COPY_LIMIT);
  }

  private GuestCommands commands() {
    return commands.orElseThrow(
        () -> new AtollException(name + " has no console, and so nobody can give it commands"));
  }

  // ------------------------------------------------------------ life

  /**
   * What it is doing.
   *
   * @return at this moment
   */
  public VmState state() {
    return VmState.valueOf(ask(VmWatch::status).name());
  }

  /** The same within a sentence. */
  String inWords() {
    return Words.of(ask(VmWatch::status));
  }

  /**
   * How its last life has ended.
   *
   * @return empty while it has a life, and before the first; of a life that {@link #stop} or {@link
   *     #reset} has ended, too
   */
  public Optional<Ending> ending() {
    return ask(watch ->
        watch.over() && watch.ending().isEmpty()
            ? Optional.of(new Ending.WasStopped())
            : watch.ending().map(Endings::of));
  }

  /**
   * How often it has begun to run.
   *
   * @return 0 before its first life
   */
  public int lives() {
    return ask(VmWatch::lives);
  }

  /**
   * What a person should know of it though it goes on, such as a full file system under its disk.
   *
   * @return the latest hundred sentences
   */
  public List<String> notices() {
    return ask(VmWatch::notices);
  }

  /**
   * Waits until it has ended and does not begin again by itself.
   *
   * @param limit in guest time
   * @return how it has ended
   * @throws ExpectationException if it has not, with the tail of its console
   */
  public Ending awaitEnd(Duration limit) {
    Awaited<Ending> got =
        life.await(
            () -> ask(watch -> watch.over() ? ending() : Optional.empty()), Optional::empty, limit);
    return got.value().orElseThrow(() -> missed(got.reason().orElseThrow(), limit, ""));
  }

  /** Why nobody need wait for what it does. */
  Optional<Reason> hopeless() {
    return ask(VmWatch::over) ? Optional.of(Reason.ENDED) : Optional.empty();
  }

  /**
   * The failure of a wait.
   *
   * @param expected what it has not printed; empty if it has not ended
   */
  ExpectationException missed(Reason reason, Duration limit, String expected) {
    return ExpectationException.of(this, reason, limit, expected);
  }

  /**
   * Starts it, from its images, if it has no life.
   *
   * @throws AtollException if it has one
   */
  public void start() {
    life.operator().performApart(new LifeAction.Start(name));
  }

  /**
   * Ends its life, as if the power had gone, and waits for that. It can be started again.
   *
   * @throws AtollException if it has no life
   */
  public void stop() {
    perform(new LifeAction.Stop(name));
  }

  /**
   * Ends its life and begins another from its images, as a reset button does; waits for that.
   *
   * @throws AtollException if it has no life
   */
  public void reset() {
    perform(new LifeAction.Reset(name));
  }

  /**
   * Holds its harts and devices; waits until they stand still. Guest time stands still once all VMs
   * of the system that have a life are paused.
   *
   * @throws AtollException if it has no life, or is paused already
   */
  public void pause() {
    perform(new LifeAction.Pause(name));
  }

  /**
   * Ends a {@link #pause}.
   *
   * @throws AtollException if it is not paused
   */
  public void resume() {
    perform(new LifeAction.Resume(name));
  }

  // ------------------------------------------------------------ inside

  /**
   * Its guest-physical memory.
   *
   * @return that of its present life, whichever that is
   */
  public Memory memory() {
    return memory;
  }

  /**
   * The registers of each hart. If it runs, it is paused for that.
   *
   * @return by number
   * @throws AtollException if it has no life
   */
  public List<Registers> registers() {
    return held(
        () -> perform(new DebugAction.ReadRegisters(name)).stream().map(Registers::of).toList());
  }

  /**
   * A register of a hart. If the VM runs, it is paused for that.
   *
   * @param hart its number, from 0
   * @param register {@code pc}, {@code x0} to {@code x31} or an ABI name, {@code f0} to {@code
   *     f31}, or the name of a CSR such as {@code satp}
   * @return its 64 bits
   * @throws AtollException if there is no such hart or register, or the VM has no life
   */
  public long register(int hart, String register) {
    return held(() -> perform(new DebugAction.ReadRegister(name, hart, register)));
  }

  /**
   * Sets a register of a hart, as far as it can be written. If the VM runs, it is paused for that.
   *
   * @param hart its number, from 0
   * @param register as {@link #register} has it
   * @param value its 64 bits
   * @throws AtollException if there is no such hart or register, or the VM has no life
   */
  public void setRegister(int hart, String register, long value) {
    held(() -> perform(new DebugAction.WriteRegister(name, hart, register, value)));
  }

  /**
   * What it is doing, for a person: of the hart that matters most its exception, code, calls,
   * registers, the walk of an address and the last exits, of others less, and the last lines of the
   * console. If it has ended, of its last life that failed. If it runs, it is paused for a moment.
   *
   * @return several lines
   * @throws AtollException if it has no life, and none has failed
   */
  public String report() {
    return report(CrashReport.CONSOLE_LINES);
  }

  /**
   * The same with so many lines of the console.
   *
   * @param consoleLines at most 100
   * @return several lines
   * @throws AtollException if it has no life, and none has failed
   */
  public String report(int consoleLines) {
    return life.operator().performApart(new DebugAction.Examine(name)).text(consoleLines);
  }

  private synchronized <T> T held(Supplier<T> work) {
    boolean running = state() == VmState.RUNNING;
    if (running) {
      pause();
    }
    try {
      return work.get();
    } finally {
      if (running) {
        letGo();
      }
    }
  }

  private void letGo() {
    try {
      resume();
    } catch (AtollException e) {
      // Somebody has stopped it meanwhile.
    }
  }

  /**
   * The address of a name in the ELF files that it is made from (kernel, firmware, or a program of
   * Atoll's).
   *
   * @param symbol a function's or a variable's
   * @return as the program has it, which is guest-physical if it runs without paging
   * @throws AtollException if no file has such a name
   */
  public long addressOf(String symbol) {
    return symbols
        .address(symbol)
        .orElseThrow(
            () -> new AtollException("there is no '%s' in what %s runs".formatted(symbol, name)));
  }

  /**
   * What is at an address, by the ELF files that it is made from.
   *
   * @param address as the program has it, such as a program counter
   * @return such as {@code main+0x1c}; empty if nothing there has a name
   */
  public Optional<String> nameOf(long address) {
    return symbols.at(address);
  }

  /**
   * What it has done in all its lives.
   *
   * @return recent numbers
   */
  public VmStatistics statistics() {
    return system.statistics(name);
  }

  /**
   * How long after their interrupts and deadlines its vCPUs began to execute, in its present or
   * last life; of the vCPU that is worst off. Times are counted in classes, a power of two each.
   *
   * @param percent of all times, such as 99; 100 is the longest
   * @return a bound that as many of them keep
   */
  public Duration lateness(double percent) {
    return system.lateness(name, percent);
  }

  // ------------------------------------------------------------ board

  /**
   * A button at its front.
   *
   * @param button its name
   * @return to be pressed
   * @throws AtollException if there is none
   */
  public Button button(String button) {
    FrontPanel panel = ask(watch -> watch.description().panel());
    List<String> names = panel.buttons().stream().map(FrontPanel.Button::name).toList();
    requireOneOf("button", button, names);
    return new Button(name, button, life.operator());
  }

  /**
   * An LED at its front.
   *
   * @param led its name
   * @return to be looked at
   * @throws AtollException if there is none
   */
  public Led led(String led) {
    requireOneOf("LED", led, ask(watch -> watch.description().panel().leds()));
    return new Led(this, led, life);
  }

  private void requireOneOf(String what, String wanted, List<String> names) {
    if (!names.contains(wanted)) {
      throw new AtollException(
          names.isEmpty()
              ? "%s has no %ss; give it some by VmBuilder or its scenario".formatted(name, what)
              : "%s has no %s '%s', expected one of %s".formatted(name, what, wanted, names));
    }
  }

  /**
   * Presses its power button, on which an operating system ends its services, writes its disks and
   * switches the machine off. Systems on disks have that button; others are given one by {@link
   * VmBuilder#button}. Returns at once.
   *
   * @throws AtollException if it has no such button, or no life
   */
  public void powerdown() {
    button(FrontPanel.POWER).press();
  }

  /**
   * {@linkplain #powerdown() Presses its power button} and waits for its end.
   *
   * @param limit in guest time
   * @return how it has ended
   * @throws AtollException if it has no such button, or no life
   * @throws ExpectationException if it has not ended, with the tail of its console
   */
  public Ending powerdown(Duration limit) {
    powerdown();
    return awaitEnd(limit);
  }

  /**
   * Plugs the cable of a network interface in, or pulls it out; the guest is told.
   *
   * @param nic the number of the interface, from 0
   * @param up whether it is in
   * @throws AtollException if there is no such interface
   */
  public void link(int nic, boolean up) {
    perform(new BoardAction.Link(name, nic, up));
  }

  /**
   * Puts a device of the program's own in the place of one that the VM has, for the rest of its
   * present life. It has the same address, interrupts and settings; the other one is closed. If the
   * VM runs, it is paused for that.
   *
   * @param device the name of the one that is there
   * @param factory makes what takes its place
   * @throws AtollException if there is no such device, the other cannot be made, or the VM has no
   *     life; then nothing has changed
   */
  public void replaceDevice(String device, PeripheralFactory factory) {
    String function = "%s/%s in the place of another".formatted(name, device);
    life.operator().functions().put(function, factory);
    DeviceSpec.Code code = new DeviceSpec.Code.InProgram(function);
    held(() -> perform(new BoardAction.ReplaceDevice(name, device, code)));
  }

  /**
   * Makes a disk larger; the guest, if it runs, is told.
   *
   * @param disk the number of the disk, from 0
   * @param bytes in all, whole sectors of 512
   * @throws AtollException if there is no such disk, or it cannot have this size
   */
  public void growDisk(int disk, long bytes) {
    life.operator().performApart(new BoardAction.GrowDisk(name, disk, bytes));
  }

  /**
   * Puts another image in the place of a disk's, for this and all later lives. What was under way
   * comes to its end on the old one, which is closed then; the guest, if it runs, is told that the
   * disk has another size. Its kernel may keep what it has read: unmount before.
   *
   * @param disk the number of the disk, from 0
   * @param image as the disk's first one may be: raw or qcow2, of whole sectors of 512 bytes
   * @throws AtollException if there is no such disk, or the image cannot be used so; then nothing
   *     has changed
   */
  public void changeDisk(int disk, Path image) {
    life.operator()
        .performApart(
            new BoardAction.ChangeDisk(
                name, disk, DiskLocation.of(image), Optional.empty(), false));
  }

  /**
   * Asks the guest of a VM with {@linkplain VmBuilder#pagedMemory paged memory} to give memory to
   * the host; it may take its time.
   *
   * @param bytes in all; 0 gives everything back
   * @return bytes that it has given so far
   * @throws AtollException if its memory cannot be given back, or it has no life
   */
  public long balloon(long bytes) {
    return perform(new BoardAction.Balloon(name, bytes)).given();
  }

  /**
   * The picture that its display shows.
   *
   * @return at this moment
   * @throws AtollException if it has no display
   */
  public Screenshot screenshot() {
    atoll.manager.Screenshot shot = perform(new BoardAction.TakeScreenshot(name));
    return new Screenshot(shot.width(), shot.height(), shot.lit(), shot.png().toArray());
  }

  @Override
  public String toString() {
    return name + ", " + inWords();
  }
}
