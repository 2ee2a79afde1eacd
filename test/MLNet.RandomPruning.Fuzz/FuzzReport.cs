using System.Text.RegularExpressions;

namespace MLNet.RandomPruning.Fuzz;

/// <summary>What a run found. Any number of threads may add to it.</summary>
internal sealed partial class FuzzReport
{
    private const int LongestReason = 90;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<(string Target, FuzzOutcome Outcome), long> _outcomes = [];
    private readonly Dictionary<string, long> _reasons = new(StringComparer.Ordinal);
    private readonly List<FuzzResult> _failures = [];

    /// <summary>The number of cases.</summary>
    public long Count { get; private set; }

    /// <summary>The cases that failed.</summary>
    public IReadOnlyList<FuzzResult> Failures => _failures;

    /// <summary>The case that allocated most against its honest size.</summary>
    public FuzzResult? Hungriest { get; private set; }

    /// <summary>The case that took longest.</summary>
    public FuzzResult? Slowest { get; private set; }

    /// <summary>How many cases had an outcome.</summary>
    public long CountOf(FuzzOutcome outcome) => _outcomes.Where(pair => pair.Key.Outcome == outcome).Sum(pair => pair.Value);

    public void Add(FuzzResult result)
    {
        // What is kept does not hold the files.
        var light = result with { Mutant = result.Mutant with { File = [] } };
        string? reason = result.Outcome == FuzzOutcome.Refused ? Reason(result.Message) : null;
        lock (_lock)
        {
            Count++;
            var key = (result.Mutant.Parents[0].Target.Name, result.Outcome);
            _outcomes[key] = _outcomes.GetValueOrDefault(key) + 1;
            if (reason is not null)
            {
                _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;
            }

            if (result.Outcome == FuzzOutcome.Failed)
            {
                _failures.Add(light);
            }

            Hungriest = Hungriest is null || result.AllocationRatio > Hungriest.AllocationRatio ? light : Hungriest;
            Slowest = Slowest is null || result.Time > Slowest.Time ? light : Slowest;
        }
    }

    public void Print(TextWriter output, TimeSpan elapsed, int mostReasons)
    {
        output.WriteLine($"{Count} cases in {elapsed.TotalSeconds:F0} s: {CountOf(FuzzOutcome.Refused)} refused, {CountOf(FuzzOutcome.Same)} read as the file they were made of, {CountOf(FuzzOutcome.Sound)} with a new digest read as another sound one, {CountOf(FuzzOutcome.Failed)} failed");
        foreach (var kind in _outcomes.GroupBy(pair => pair.Key.Target, StringComparer.Ordinal))
        {
            output.WriteLine($"  {kind.Key,-10} {string.Join(", ", kind.Select(pair => $"{pair.Value} {pair.Key.Outcome.ToString().ToLowerInvariant()}"))}");
        }

        if (Hungriest is { } hungriest && Slowest is { } slowest)
        {
            output.WriteLine($"most memory against the honest size: {hungriest.AllocationRatio:F2} times, {hungriest.Allocated} bytes where {hungriest.HonestBytes} are honest (case {hungriest.Number})");
            output.WriteLine($"slowest: {slowest.Time.TotalMilliseconds:F1} ms (case {slowest.Number})");
        }

        output.WriteLine($"reasons of refusal, {Math.Min(mostReasons, _reasons.Count)} of {_reasons.Count}:");
        foreach (var (reason, count) in _reasons.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(mostReasons))
        {
            output.WriteLine($"  {count,7}  {reason}");
        }
    }

    // A message without what is particular to the file.
    private static string Reason(string message)
    {
        string general = Number().Replace(Quoted().Replace(message.Replace("The file is damaged or of another kind: ", "", StringComparison.Ordinal), "'…'"), "#");
        return general.Length > LongestReason ? $"{general.AsSpan(0, LongestReason)}…" : general;
    }

    [GeneratedRegex("'[^']*'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"[0-9a-f]{16}|-?\d[\d.E+-]*")]
    private static partial Regex Number();
}
