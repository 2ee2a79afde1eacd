using System.CommandLine;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary><c>randprune bench</c>: how fast this machine trains and scores, by sparsity and number of threads.</summary>
internal sealed class BenchCommand : ToolCommand
{
    private const string Summary = "Measure how fast this machine trains and scores, by sparsity and number of threads.";
    private const string HelpNotes = """
        A training step is all that there is to it: augmentation, forward, backward, update, metrics. Scoring
        begins with images in memory as bytes and ends with logits. The images are generated. Sparsities take
        turns, and times are medians with quartiles.

        Do nothing else on the machine meanwhile. Ctrl+C, or SIGTERM, stops it and shows what there is by then.

        Examples:
          randprune bench
          randprune bench --network ResNet-20-32 --sparsities 0,0.9 --threads 4 --only score
          randprune bench --ratio Uniform --repetitions 100 --json
        """;

    private readonly Option<ResNet> _network = ValueOption.Parsed("--network", "The network, ResNet-A-B, for 32×32 images of ten classes.", "NAME", ResNet.DefaultName, ResNet.Parse);
    private readonly Option<LayerwiseRatio> _ratio = ValueOption.Parsed(
        "--ratio", "How the density is spread over the layers; see randprune inspect --help.", "NAME", LayerwiseRatio.ErdosRenyiKernel.Name, LayerwiseRatio.Parse);
    private readonly Option<NumberList> _sparsities = NumberList.Sparsities();
    private readonly Option<NumberList> _threads = NumberList.Threads(Environment.ProcessorCount == 1 ? "1" : $"1,{Environment.ProcessorCount}");
    private readonly Option<int> _batch = ValueOption.Whole("--batch", "The number of images in a training step, and in a scored batch.", 128, 1, 4096);
    private readonly Option<int> _repetitions = ValueOption.Whole("--repetitions", "How many steps and batches are measured for each figure, and ten times as many single images.", 24, 1, 100_000);
    private readonly Option<string> _only = ValueOption.Choice("--only", "Measure training or scoring only.", "both", "both", "train", "score");
    private readonly Option<bool> _mixedPrecision = new("--mixed-precision") { Description = "Train with activations in bfloat16." };
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly ToolOutput _output;

    public BenchCommand(ToolOutput output) : base("bench", Summary, HelpNotes)
    {
        _output = output;
        foreach (Option option in new Option[] { _network, _ratio, _sparsities, _threads, _batch, _repetitions, _only, _mixedPrecision, _json })
        {
            Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var settings = Read(parsed);
        using var signals = new StopSignals(() => _output.Error.WriteLine("Stopping; press Ctrl+C again to quit at once."), () => { });
        var result = new BenchRun(settings, _output.Error.WriteLine, signals.Token).Run();
        if (result.Rows.Count == 0)
        {
            _output.WriteError("stopped before anything was measured.");
            return RandPrune.Failed;
        }

        if (parsed.GetValue(_json))
        {
            _output.WriteJson(result);
        }
        else
        {
            BenchTable.Show(result, _output);
        }

        return RandPrune.Success;
    }

    private BenchSettings Read(ParseResult parsed)
    {
        var ratio = parsed.GetRequiredValue(_ratio);
        bool decides = ratio.DeterminesSparsity || ratio == LayerwiseRatio.Dense;
        if (decides && parsed.IsGiven(_sparsities))
        {
            throw new UsageException($"{_sparsities.Name} is given, but {_ratio.Name} {ratio} decides the sparsity itself; leave one out.");
        }

        string only = parsed.GetRequiredValue(_only);
        return new BenchSettings(
            parsed.GetRequiredValue(_network), ratio, decides ? [0] : parsed.GetRequiredValue(_sparsities).Values,
            [.. parsed.GetRequiredValue(_threads).Values.Select(count => (int)count)], parsed.GetValue(_batch), parsed.GetValue(_repetitions),
            Trains: only != "score", Scores: only != "train",
            parsed.GetValue(_mixedPrecision) ? ActivationPrecision.BFloat16 : ActivationPrecision.Single);
    }
}
