using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.ExportCheck;

/// <summary>Compares what the peers found with what this library found, and prints tables.</summary>
internal sealed class CompareStep
{
    private readonly string _folder;
    private readonly Manifest _manifest;
    private readonly int[] _labels;
    private readonly int _threads;
    private readonly List<string> _flips = [];
    private bool _passed = true;

    private CompareStep(string folder, int threads)
    {
        _folder = folder;
        _threads = threads;
        _manifest = Manifest.Read(folder);
        _labels = RawFile.Read<int>(Path.Combine(folder, _manifest.Labels), _manifest.ImageCount);
    }

    /// <summary>Whether everything agrees.</summary>
    public static bool Run(string folder, int threads)
    {
        var step = new CompareStep(folder, threads);
        step.CompareOnnx();
        step.CompareRounding();
        step.CompareTorch();
        step.CompareImports();
        foreach (string flip in step._flips)
        {
            Console.WriteLine(flip);
        }

        Console.WriteLine(step._passed ? $"All {step._manifest.ImageCount} images agree to {Agreement.ScoreTolerance:g}." : "Something differs: see above.");
        return step._passed;
    }

    private void CompareOnnx()
    {
        var verdicts = Manifest.ReadVerdicts(_folder);
        var table = new TextTable("ONNX Runtime against this library", ["Model", "Form", "Bytes", "Max |ΔScore|", "Labels that differ", "Accuracy", "onnx.checker"]);
        foreach (var entry in _manifest.Onnx)
        {
            var ours = Scores(entry.Expected);
            float[] theirs = RawFile.Read<float>(Path.Combine(_folder, entry.Scores), ours.Scores.Length);
            int[] predictions = RawFile.Read<int>(Path.Combine(_folder, entry.Predictions), _manifest.ImageCount);
            var agreement = Compare($"{entry.Model} {entry.Form}", ours, theirs, predictions);
            string verdict = verdicts.GetValueOrDefault(entry.Path, "not asked");
            _passed &= verdict.Length == 0;
            table.Add(entry.Model, entry.Form, $"{new FileInfo(Path.Combine(_folder, entry.Path)).Length:N0}", agreement.Difference, agreement.Flips, agreement.Accuracy(_labels), verdict.Length == 0 ? "accepts" : verdict);
        }

        table.Print();
    }

    private void CompareRounding()
    {
        var table = new TextTable("8-bit weights against the model as it is, both by this library", ["Model", "Max |ΔScore|", "Labels that differ", "Accuracy as it is", "Accuracy in 8 bits", "Change"]);
        foreach (var entry in _manifest.Onnx.Where(entry => entry.Expected != entry.Original).DistinctBy(entry => entry.Model))
        {
            ClassScores before = Scores(entry.Original), after = Scores(entry.Expected);
            var change = new Agreement(before, after.Scores, after.Predictions);
            double first = Agreement.AccuracyOf(before.Predictions, _labels), second = Agreement.AccuracyOf(after.Predictions, _labels);
            table.Add(entry.Model, change.Difference, change.Flips, $"{first:P2}", $"{second:P2}", $"{100 * (second - first):+0.00;−0.00;0.00} points");
        }

        table.Print();
    }

    private void CompareTorch()
    {
        var table = new TextTable("PyTorch with the exported safetensors against this library", ["Model", "Bytes", "Max |ΔScore|", "Labels that differ", "Accuracy"]);
        foreach (var entry in _manifest.ToTorch)
        {
            var theirs = Scores(entry.Logits);
            var agreement = Compare($"{entry.Model} in PyTorch", Scores(entry.Expected!), theirs.Scores, theirs.Predictions);
            table.Add(entry.Model, $"{new FileInfo(Path.Combine(_folder, entry.Path)).Length:N0}", agreement.Difference, agreement.Flips, agreement.Accuracy(_labels));
        }

        table.Print();
    }

    private void CompareImports()
    {
        var table = new TextTable("This library with networks made in PyTorch against PyTorch", ["Network", "Sparsity found", "Max |ΔScore|", "Labels that differ"]);
        int[] shape = _manifest.Shape;
        var input = new ImageShape(shape[0], shape[1], shape[2]);
        var images = new ImageBytes(input, RawFile.Read<byte>(Path.Combine(_folder, _manifest.Images), _manifest.ImageCount * input.Size));
        foreach (var entry in _manifest.FromTorch)
        {
            var model = TrainedModel.ImportSafetensors(
                Path.Combine(_folder, entry.Path), new SafetensorsImportOptions { Normalization = new PixelNormalization(entry.Mean, entry.StandardDeviation) });
            if (model.Network.Name != entry.Network || Math.Abs(1 - model.Mask.Density - entry.Sparsity) > 0.005)
            {
                _passed = false;
            }

            var theirs = Scores(entry.Logits);
            var ours = new ClassScores(images.Logits(model, _threads), _manifest.ClassCount);
            var agreement = Compare($"{entry.Model} imported", ours, theirs.Scores, theirs.Predictions);
            table.Add(model.Network.Name, $"{1 - model.Mask.Density:P2}", agreement.Difference, agreement.Flips);
        }

        table.Print();
    }

    private Agreement Compare(string what, ClassScores ours, float[] theirs, int[] predictions)
    {
        var agreement = new Agreement(ours, theirs, predictions);
        _passed &= agreement.Holds;
        _flips.AddRange(agreement.Describe(what));
        return agreement;
    }

    private ClassScores Scores(string path) =>
        new(RawFile.Read<float>(Path.Combine(_folder, path), _manifest.ImageCount * _manifest.ClassCount), _manifest.ClassCount);
}
