using System.CommandLine;
using System.Diagnostics;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Tool;
using MLNet.RandomPruning.Tool.Benchmarking;

namespace MLNet.RandomPruning.Benchmarks;

/// <summary><c>compare</c>: speed and memory, side by side with PyTorch and ONNX Runtime.</summary>
internal sealed class CompareCommand : Command
{
    private readonly Option<IReadOnlyList<ResNet>> _networks = ValueOption.Parsed<IReadOnlyList<ResNet>>(
        "--networks", "The networks. [default: ResNet-20-16,ResNet-20-32,ResNet-56-16]", "NAME,NAME,...", "ResNet-20-16,ResNet-20-32,ResNet-56-16",
        text => [.. text.Split(',').Select(ResNet.Parse)]);

    private readonly Option<NumberList> _sparsities = NumberList.Sparsities();
    private readonly Option<NumberList> _threads = NumberList.Threads("1,2");
    private readonly Option<int> _repetitions = ValueOption.Whole("--repetitions", "How many training steps and batches are measured for each figure, and ten times as many single images.", 24, 1, 100_000);
    private readonly Option<string> _only = ValueOption.Choice("--only", "Measure a part only; limits are memory, allocation, files and loading.", "all", "all", "train", "score", "limits");
    private readonly Option<string> _peers = ValueOption.Choice("--peers", "With which peers to compare.", "all", "all", "torch", "onnx", "none");
    private readonly Option<string?> _python = ValueOption.File("--python", "The Python that has PyTorch. [default: /usr/bin/python3]");
    private readonly Option<string?> _node = ValueOption.File("--node", "Node.js. [default: node]");
    private readonly Option<string?> _nodeFolder = ValueOption.File("--node-folder", "The folder whose node_modules holds onnxruntime-node. [default: build/obj/bench]", "DIR");
    private readonly Option<string?> _json = ValueOption.File("--json", "Write everything to this file as well.");
    private readonly ToolOutput _output;

    public CompareCommand(ToolOutput output) : base("compare", "Compare training steps with PyTorch and scoring with ONNX Runtime, side by side and in turns.")
    {
        _output = output;
        foreach (Option option in new Option[] { _networks, _sparsities, _threads, _repetitions, _only, _peers, _python, _node, _nodeFolder, _json })
        {
            Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string? file = parsed.GetValue(_json);
        if (file is not null)
        {
            AtomicFile.ThrowIfNotWritable(file, "result");
        }

        using var signals = new StopSignals(() => _output.Error.WriteLine("Stopping; press Ctrl+C again to quit at once."), () => { });
        var result = Compare(Read(parsed), signals.Token);
        CompareTable.Show(result, _output);
        if (file is not null)
        {
            ResultFile.Write(file, result);
            _output.Out.WriteLine($"saved {file}");
        }

        return RandPrune.Success;
    }

    private CompareResult Compare(CompareSettings settings, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        void Tell(string text) => _output.Error.WriteLine($"[{clock.Elapsed:mm\\:ss}] {text}");
        var training = new TrainingComparison(settings, Tell, cancellationToken);
        using var scoring = new ScoringComparison(settings, Tell, cancellationToken);
        List<SpeedRow> speeds = [];
        List<LimitRow> limits = [];
        if (settings.Trains)
        {
            speeds.AddRange(training.Run());
        }

        if (settings.Scores)
        {
            speeds.AddRange(scoring.Run());
        }

        if (settings.MeasuresLimits)
        {
            limits.AddRange(new LimitMeasurements(settings, training, Tell, cancellationToken).Run());
        }

        return new CompareResult(
            DateTimeOffset.UtcNow, MachineDescription.OfThisOne(), training.TorchVersion, scoring.OnnxVersion, settings.Repetitions, CompareSettings.Batch,
            scoring.CallOverhead, speeds, limits, Math.Round(clock.Elapsed.TotalMinutes, 1));
    }

    private CompareSettings Read(ParseResult parsed)
    {
        string only = parsed.GetRequiredValue(_only), peers = parsed.GetRequiredValue(_peers);
        return new CompareSettings(
            parsed.GetRequiredValue(_networks), parsed.GetRequiredValue(_sparsities).Values, [.. parsed.GetRequiredValue(_threads).Values.Select(count => (int)count)],
            parsed.GetValue(_repetitions), only is "all" or "train", only is "all" or "score", only is "all" or "limits", peers is "all" or "torch", peers is "all" or "onnx",
            new PeerPlaces(parsed.GetValue(_python) ?? "/usr/bin/python3", parsed.GetValue(_node) ?? "node", Path.GetFullPath(parsed.GetValue(_nodeFolder) ?? "build/obj/bench")));
    }
}
