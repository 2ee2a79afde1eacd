using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MLNet.RandomPruning.Fuzz;
using MLNet.RandomPruning.Fuzz.Corpus;

const int Success = 0, Failed = 1, BadUsage = 2;
const int MostPrinted = 20, MostReasons = 60;

var cases = new Option<long>("--cases") { Description = "How many files to mutate and read.", HelpName = "N", DefaultValueFactory = _ => 100_000 };
var seed = new Option<long>("--seed") { Description = "The seed of all randomness.", HelpName = "SEED", DefaultValueFactory = _ => 1 };
var threads = new Option<int>("--threads") { Description = "How many threads to use.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };
var limit = new Option<double>("--limit") { Description = "How many seconds a case may take before it counts as hanging.", HelpName = "SECONDS", DefaultValueFactory = _ => 5 };
var folder = new Option<DirectoryInfo?>("--corpus") { Description = "A folder of further files to mutate (*.safetensors), beside those that are made.", HelpName = "DIR" };
var keep = new Option<DirectoryInfo?>("--keep") { Description = "Where the files of cases that fail are written, and the numbers of the cases under way.", HelpName = "DIR" };
var single = new Option<long?>("--case") { Description = "Runs this one case and says what became of it.", HelpName = "NUMBER" };
void Require<T>(Option<T> option, Func<T?, bool> isAllowed, string what) => option.Validators.Add(result =>
{
    if (result.Tokens.Count == 1 && !isAllowed(result.GetValueOrDefault<T>()))
    {
        result.AddError($"{option.Name} is '{result.Tokens[0].Value}', but must be {what}.");
    }
});
Require(cases, value => value is >= 1 and <= 1_000_000_000, "a whole number from 1 to 1000000000");
Require(threads, value => value is >= 1 and <= 1024, "a whole number from 1 to 1024");
Require(limit, value => value is > 0 and <= 3600, "above 0 and at most 3600");
Require(folder, value => value is { Exists: true }, "a folder that exists");
Require(single, value => value >= 0, "a whole number from 0");

var root = new RootCommand(
    "Reads mutated and truncated model files, mask files and checkpoints. Each must be refused with a message for people, or read as what the file that it was made of is "
    + "read as or, when its digest was made anew, as something sound, without a crash or a hang, and with at most twice the allocations of reading the file that it was made of. "
    + "Exit codes: 0 all cases did, 1 some did not, 2 bad usage.")
{
    cases, seed, threads, limit, folder, keep, single,
};
int exitCode = Success;
root.SetAction(parsed => { exitCode = Run(parsed); });
var commandLine = root.Parse(args);
if (commandLine.Errors.Count > 0)
{
    foreach (string message in commandLine.Errors.Select(error => error.Message).Distinct())
    {
        Console.Error.WriteLine($"fuzz: {message}");
    }

    Console.Error.WriteLine("See --help.");
    return BadUsage;
}

commandLine.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
return exitCode;

int Run(ParseResult parsed)
{
    using var corpus = new SeedCorpus();
    if (parsed.GetValue(folder) is { } further)
    {
        try
        {
            corpus.AddFolder(further.FullName);
        }
        catch (InvalidDataException error)
        {
            Console.Error.WriteLine($"fuzz: {error.Message}");
            return BadUsage;
        }
    }

    string? kept = parsed.GetValue(keep)?.FullName;
    if (kept is not null)
    {
        Directory.CreateDirectory(kept);
    }

    var settings = new FuzzSettings(parsed.GetValue(cases), parsed.GetValue(seed), parsed.GetValue(threads), TimeSpan.FromSeconds(parsed.GetValue(limit)));
    return parsed.GetValue(single) is { } number ? RunOne(corpus, settings, number, kept) : RunAll(corpus, settings, kept);
}

static int RunAll(SeedCorpus corpus, FuzzSettings settings, string? kept)
{
    Console.WriteLine($"{settings.Cases} cases of seed {settings.Seed} from {corpus.Seeds.Count} files of {corpus.Seeds.Min(file => file.File.Length)} to {corpus.Seeds.Max(file => file.File.Length)} bytes, on {settings.Threads} threads");
    int printed = 0;

    // When a case takes the process with it, its number is in one of these files.
    var places = Enumerable.Range(0, kept is null ? 0 : settings.Threads).Select(thread => File.OpenHandle(Path.Combine(kept!, $"under-way-{thread}"), FileMode.Create, FileAccess.Write)).ToArray();
    var run = new FuzzRun(corpus, settings)
    {
        Failed = result =>
        {
            Write(kept, result.Number, result.Mutant.File);
            if (Interlocked.Increment(ref printed) <= MostPrinted)
            {
                Describe(Console.Error, result);
            }
        },
        Begins = (thread, number) =>
        {
            if (kept is not null)
            {
                RandomAccess.Write(places[thread], System.Text.Encoding.ASCII.GetBytes(number.ToString("D10", CultureInfo.InvariantCulture) + "\n"), 0);
            }
        },
        Progress = count => Console.Error.WriteLine($"fuzz: {count} of {settings.Cases} ..."),
    };
    long started = Stopwatch.GetTimestamp();
    var (report, hanging) = run.Run();
    report.Print(Console.Out, Stopwatch.GetElapsedTime(started), MostReasons);
    if (hanging is { } number)
    {
        Write(kept, number, run.Make(number).File);
        Console.Error.WriteLine($"fuzz: case {number} took longer than {settings.Limit.TotalSeconds} s, and the run was ended there.");
        Console.Out.Flush();

        // The thread that hangs would keep its engines in use.
        Environment.Exit(Failed);
    }

    Array.ForEach(places, place => place.Dispose());
    return report.Failures.Count == 0 ? Success : Failed;
}

static int RunOne(SeedCorpus corpus, FuzzSettings settings, long number, string? kept)
{
    foreach (var file in corpus.Seeds)
    {
        file.WarmUp();
    }

    var result = new FuzzRun(corpus, settings).RunOne(number);
    Write(kept, number, result.Mutant.File);
    Describe(Console.Out, result);
    return result.Outcome == FuzzOutcome.Failed ? Failed : Success;
}

static void Write(string? folder, long number, byte[] file)
{
    if (folder is not null)
    {
        File.WriteAllBytes(Path.Combine(folder, $"case-{number}.safetensors"), file);
    }
}

static void Describe(TextWriter output, FuzzResult result) => output.WriteLine(
    $"case {result.Number}: {result.Outcome.ToString().ToLowerInvariant()}: {result.Mutant.Parents[0].Target.Name} '{result.Mutant.Parents[0].Name}' by {result.Mutant.Description}, {result.Mutant.File.Length} bytes, "
    + $"{result.Allocated} bytes allocated ({result.AllocationRatio:F2} times), {result.Time.TotalMilliseconds:F1} ms\n  {result.Message.ReplaceLineEndings("\n  ")}");
