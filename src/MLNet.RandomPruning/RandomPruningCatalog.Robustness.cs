using MLNet.RandomPruning;
using MLNet.RandomPruning.Evaluation.Robustness;

namespace Microsoft.ML;

public static partial class RandomPruningCatalog
{
    /// <summary>
    /// Measures how well a randomly pruned network tells images apart as they are, under attacks that use its own gradients (FGSM, PGD),
    /// and under noise, blur and other corruptions. Pixels are perturbed in [0, 1], before the network's own normalisation.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="model">A <see cref="RandomPrunedResNetTransformer"/>, or a chain of transformers with exactly one in it, whose earlier steps are applied to the data.</param>
    /// <param name="data">Labelled images, with the columns and classes of the training.</param>
    /// <param name="perturbations">
    /// Attacks and corruptions with commas between them, for example <c>fgsm:8/255, pgd:8/255:10, contrast:3</c>; the name of a
    /// corruption alone stands for its five severities, and <c>corruptions</c> for all of them.
    /// </param>
    /// <param name="labelColumnName">The true labels, a key; null for the column that held the labels in training.</param>
    /// <param name="seed">The seed of all that is drawn at random.</param>
    /// <param name="engine">What computes scores and gradients: by default libtorch where there is a CUDA device, the built-in sparse engine otherwise.</param>
    /// <param name="cancellationToken">Stops between two batches, and between two steps of an attack.</param>
    /// <exception cref="ArgumentException">A text cannot be read, the model has no such network or several, or a column is missing or of the wrong type.</exception>
    /// <exception cref="InvalidDataException">There are no rows, or one holds no label or no image that can be read; the message names it.</exception>
    /// <exception cref="InvalidOperationException">A logit or a gradient of the network is not finite; the message names the image.</exception>
    /// <exception cref="NotSupportedException">The TorchSharp engine was asked for and libtorch is missing.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var robustness = mlContext.MulticlassClassification.EvaluateRobustness(
    ///     model, mlContext.Data.TakeRows(test, 1000), "fgsm:2/255, fgsm:8/255, pgd:8/255:10, corruptions");
    /// Console.WriteLine(robustness);
    /// foreach (var point in robustness.Curve("FGSM"))
    /// {
    ///     Console.WriteLine($"{point.Strength:F4}: {point.Summary.Accuracy:P1}");
    /// }
    /// ]]></code>
    /// </example>
    public static RobustnessResult EvaluateRobustness(
        this MulticlassClassificationCatalog catalog,
        ITransformer model,
        IDataView data,
        string perturbations,
        string? labelColumnName = null,
        long seed = 0,
        TrainingEngineKind engine = TrainingEngineKind.Auto,
        CancellationToken cancellationToken = default) =>
        EvaluateRobustness(
            catalog, model, data, Perturbations.ParseList(perturbations),
            new RobustnessOptions { LabelColumnName = labelColumnName, Seed = seed, Engine = engine }, cancellationToken);

    /// <summary>
    /// Measures how well a randomly pruned network tells images apart as they are and under perturbations, with advanced options.
    /// </summary>
    /// <param name="catalog">The multiclass classification catalog.</param>
    /// <param name="model">A <see cref="RandomPrunedResNetTransformer"/>, or a chain of transformers with exactly one in it, whose earlier steps are applied to the data.</param>
    /// <param name="data">Labelled images, with the columns and classes of the training.</param>
    /// <param name="perturbations">Attacks and corruptions, which may be of your own; none for the images as they are alone.</param>
    /// <param name="options">How it is measured.</param>
    /// <param name="cancellationToken">Stops between two batches, and between two steps of an attack.</param>
    /// <inheritdoc cref="EvaluateRobustness(MulticlassClassificationCatalog, ITransformer, IDataView, string, string?, long, TrainingEngineKind, CancellationToken)" path="/exception"/>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// var robustness = mlContext.MulticlassClassification.EvaluateRobustness(
    ///     model, test, [AdversarialAttack.ProjectedGradient(8 / 255.0, steps: 20), .. ImageCorruption.All],
    ///     new RobustnessOptions { Seed = 7, BatchSize = 64 });
    /// ]]></code>
    /// </example>
    public static RobustnessResult EvaluateRobustness(
        this MulticlassClassificationCatalog catalog,
        ITransformer model,
        IDataView data,
        IReadOnlyList<IPerturbation> perturbations,
        RobustnessOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(perturbations);
        return RobustnessEvaluation.Run(
            MLNetInternals.EnvironmentOf(catalog), model, data, perturbations, options ?? new RobustnessOptions(), cancellationToken);
    }
}
