using System.Diagnostics;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>Evaluates a model: each set of images is scored once, and all figures come from those logits.</summary>
internal sealed class ModelEvaluation(TrainedModel model, EvaluateSettings settings, EvaluationDisplay display, CancellationToken cancellationToken)
{
    // What a page needs to draw a curve.
    private const int CurvePoints = 200;
    private const int AttackBatch = 128;

    private readonly Stopwatch _scoring = new();

    private BootstrapOptions? Bootstrap => settings.Bootstrap is { } resamples ? new BootstrapOptions { Resamples = resamples, Seed = settings.Seed } : null;

    /// <summary>Scores the images and works out all figures.</summary>
    /// <param name="images">The labelled images.</param>
    /// <param name="others">The sets of out-of-distribution images, in the order of the settings.</param>
    /// <exception cref="UsageException">More images are to be attacked than there are.</exception>
    /// <exception cref="InvalidDataException">The model's logits of an image are not finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public EvaluateResult Run(ImageSet images, IReadOnlyList<ImageSet> others)
    {
        if (settings.AttackImages > images.Count)
        {
            throw new UsageException($"--attack-images is {settings.AttackImages}, but must be from 1 to {images.Count}, the number of images in '{settings.Data}'.");
        }

        var clock = Stopwatch.StartNew();
        int classes = model.Network.ClassCount;
        int[] labels = [.. Enumerable.Range(0, images.Count).Select(images.Label)];
        float[] logits;
        CalibrationMetrics calibration;
        OutOfDistributionResult[] detections;
        using (var scorer = new ImageLogits(model, settings.Engine, settings.Threads))
        {
            logits = Score(scorer, images, settings.Data);
            display.Phase("calibration");
            calibration = Checked(settings.Data, () => CalibrationMetrics.Compute(
                logits, labels, classes, new CalibrationOptions { Bins = settings.Bins, Softmax = true, Bootstrap = Bootstrap }, cancellationToken));
            double[][] inScores = others.Count == 0 ? [] : Scores(logits, settings.Data);
            detections = [.. others.Select((set, index) => Detect(inScores, Score(scorer, set, settings.OutOfDistribution[index]), settings.OutOfDistribution[index], set.Count))];
        }

        var selective = SelectiveMetrics.Compute(
            logits, labels, classes, softmax: true, new SelectiveOptions { CurvePoints = CurvePoints, Bootstrap = Bootstrap }, cancellationToken);
        var counts = ClassFigures.Of(logits, labels, classes);
        var classResults = counts.Classes(model.ClassNames);
        var robustness = settings.Perturbations.Count == 0 ? null : RobustnessFigures.Of(Attack(images.Slice(0, settings.AttackImages ?? images.Count)));
        return new EvaluateResult
        {
            Network = model.Network.Name,
            Accuracy = counts.Accuracy,
            LogLoss = calibration.NegativeLogLikelihood,
            Count = counts.Count,
            MacroAccuracy = classResults.Average(row => row.Recall) ?? 0,
            TopKAccuracy = counts.TopK,
            Classes = classResults,
            ConfusionMatrix = counts.Matrix,
            ModelPath = settings.Model,
            Data = settings.Data,
            Engine = settings.EngineName,
            Seed = settings.Seed,
            Calibration = calibration,
            Selective = selective,
            OutOfDistribution = detections,
            Robustness = robustness,
            History = [.. model.History.Select(HistoryEpoch.Of)],
            Masks = model.Report,
            ScoringSeconds = Math.Round(_scoring.Elapsed.TotalSeconds, 3),
            Seconds = Math.Round(clock.Elapsed.TotalSeconds, 3),
        };
    }

    private float[] Score(ImageLogits scorer, ImageSet images, string path)
    {
        display.Phase($"scoring {path}");
        _scoring.Start();
        float[] logits = scorer.Score(images, cancellationToken);
        _scoring.Stop();
        return logits;
    }

    private double[][] Scores(float[] logits, string path) => Checked(path, () => OutOfDistributionScore.All.Select(score =>
    {
        var scores = new double[logits.Length / model.Network.ClassCount];
        score.ScoreAll(logits, model.Network.ClassCount, logits: true, scores, cancellationToken);
        return scores;
    }).ToArray());

    private OutOfDistributionResult Detect(double[][] inScores, float[] logits, string path, int count)
    {
        display.Phase($"telling {path} apart");
        double[][] outScores = Scores(logits, path);
        var options = new OutOfDistributionOptions { CurvePoints = CurvePoints, Bootstrap = Bootstrap };
        return new OutOfDistributionResult(path, count, [.. OutOfDistributionScore.All.Select((score, index) =>
            new ScoreResultOfSet(score.Name, OutOfDistributionMetrics.Compute(inScores[index], outScores[index], options, cancellationToken)))]);
    }

    private RobustnessResult Attack(ImageSet images)
    {
        var factory = settings.Engine ?? SparseTrainingEngine.Create;
        using var engine = factory(model.State, model.Normalization, AttackBatch, settings.Threads);
        var evaluator = new RobustnessEvaluator(images, AttackBatch) { Seed = settings.Seed, NumberOfThreads = settings.Threads, Progress = display };
        return evaluator.Evaluate(engine, settings.Perturbations, cancellationToken);
    }

    // A row of scores is an image of a set.
    private static T Checked<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ScoreRowException error)
        {
            throw new InvalidDataException($"The model's logits of image {error.Row} (counted from 0) of '{path}' cannot be used: {error.Problem}", error);
        }
    }
}
