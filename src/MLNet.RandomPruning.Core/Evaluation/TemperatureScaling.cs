using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// Temperature scaling (Guo et al., "On calibration of modern neural networks", ICML 2017): softmax(z/T) with the T that is most likely on
/// held-out rows. It changes no prediction, only how sure the model is of it.
/// </summary>
public static class TemperatureScaling
{
    private const double Tolerance = 1e-10;

    /// <summary>
    /// Fits the temperature. The negative log-likelihood is convex in β = 1/T, with slope mean(E_p z − z_label) and curvature
    /// mean(Var_p z), p = softmax(βz); Newton's method on ln β finds the slope's zero, to 1e-10 of T. It keeps a bracket, and halves it
    /// whenever a step would leave it or does not shrink fast enough, so it converges on any rows.
    /// </summary>
    /// <param name="scores">The scores, row-major [rows, classes]: finite logits, or probabilities with <see cref="TemperatureOptions.Probabilities"/>.</param>
    /// <param name="labels">The zero-based class of each row.</param>
    /// <param name="classCount">The number of classes, at least 2.</param>
    /// <param name="options">How it is fitted.</param>
    /// <param name="cancellationToken">Heard between rows.</param>
    /// <exception cref="ScoreRowException">A row is not of finite logits, or not of probabilities, or its label is out of range.</exception>
    /// <exception cref="ArgumentException">There are no rows, the lengths do not fit, there are fewer than two classes, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TemperatureFit Fit(
        ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int classCount, TemperatureOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new TemperatureOptions();
        options.Check();
        int rows = ScoreRows.CheckShape(scores.Length, labels.Length, classCount);
        for (int row = 0; row < rows; row++)
        {
            var scoreRow = scores.Slice(row * classCount, classCount);
            ScoreRows.CheckLabel(labels[row], classCount, row);
            if (options.Probabilities)
            {
                ScoreRows.CheckProbabilities(scoreRow, row);
            }
            else
            {
                ScoreRows.CheckLogits(scoreRow, row);
            }
        }

        var logits = options.Probabilities ? Logarithms(scores) : scores;
        var likelihood = new TemperatureLikelihood(logits, labels, classCount, cancellationToken);
        var (temperature, limit, iterations) = Solve(likelihood, options);
        var before = Measure(logits, labels, classCount, 1, options.Bins, cancellationToken);
        var after = Measure(logits, labels, classCount, temperature, options.Bins, cancellationToken);
        return new TemperatureFit(
            temperature, limit, iterations, before.NegativeLogLikelihood, after.NegativeLogLikelihood, before.ExpectedCalibrationError, after.ExpectedCalibrationError);
    }

    /// <summary>softmax(z/T) of a row of logits.</summary>
    /// <param name="logits">The logits z, finite, at least two.</param>
    /// <param name="temperature">T, a finite number above 0.</param>
    /// <param name="probabilities">Takes a probability a class; may be the same memory as the logits.</param>
    /// <exception cref="ScoreRowException">A logit is not finite; the row is given as 0.</exception>
    /// <exception cref="ArgumentException">There are fewer than two classes, the lengths do not fit, or the temperature is out of range.</exception>
    public static void Rescale(ReadOnlySpan<float> logits, double temperature, Span<float> probabilities)
    {
        ScoreRows.CheckClassCount(logits.Length);
        if (probabilities.Length != logits.Length)
        {
            throw new ArgumentException($"There are {logits.Length} logits, but room for {probabilities.Length} probabilities.", nameof(probabilities));
        }

        new CalibrationOptions { Softmax = true, Temperature = temperature }.Check();
        ScoreRows.CheckLogits(logits, 0);
        ScoreRows.Softmax(logits, temperature, 0, probabilities);
    }

    private static float[] Logarithms(ReadOnlySpan<float> probabilities)
    {
        float[] logits = new float[probabilities.Length];
        for (int index = 0; index < logits.Length; index++)
        {
            logits[index] = (float)PortableMath.Log(Math.Max(probabilities[index], ScoreRows.LeastProbability));
        }

        return logits;
    }

    private static CalibrationMetrics Measure(
        ReadOnlySpan<float> logits, ReadOnlySpan<int> labels, int classCount, double temperature, int bins, CancellationToken cancellationToken) =>
        CalibrationMetrics.Compute(
            logits, labels, classCount, new CalibrationOptions { Bins = bins, Softmax = true, Temperature = temperature }, cancellationToken);

    private static (double Temperature, TemperatureLimit Limit, int Iterations) Solve(in TemperatureLikelihood likelihood, TemperatureOptions options)
    {
        // In x = ln β the slope rises from the highest temperature to the lowest.
        double low = -PortableMath.Log(options.HighestTemperature), high = -PortableMath.Log(options.LowestTemperature);
        double slopeLow = likelihood.At(1 / options.HighestTemperature).Slope;
        double slopeHigh = likelihood.At(1 / options.LowestTemperature).Slope;
        if (likelihood.IsFlat)
        {
            return (Math.Clamp(1, options.LowestTemperature, options.HighestTemperature), TemperatureLimit.Anywhere, 0);
        }

        if (slopeHigh <= 0)
        {
            return (options.LowestTemperature, TemperatureLimit.Lowest, 0);
        }

        if (slopeLow >= 0)
        {
            return (options.HighestTemperature, TemperatureLimit.Highest, 0);
        }

        double x = Math.Clamp(0, low, high);
        double step = high - low, stepBefore = step;
        int iterations = 0;
        while (Math.Abs(step) > Tolerance)
        {
            iterations++;
            double beta = PortableMath.Exp(x);
            var (slope, curvature) = likelihood.At(beta);
            double newton = slope == 0 ? 0 : -slope / (beta * curvature);
            if (Math.Abs(newton) <= Tolerance)
            {
                // Too small a step to lie inside the bracket for sure.
                x += newton;
                break;
            }

            (low, high) = slope < 0 ? (x, high) : (low, x);
            bool takesNewton = x + newton > low && x + newton < high && Math.Abs(newton) <= 0.5 * Math.Abs(stepBefore);
            stepBefore = step;
            step = takesNewton ? newton : (low + high) / 2 - x;
            x += step;
        }

        return (PortableMath.Exp(-x), TemperatureLimit.Inside, iterations);
    }
}
