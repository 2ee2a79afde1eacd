using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.SparseEngine;

internal sealed unsafe partial class TrainingPass
{
    // [activation]: planes that are kept from the forward to the backward pass.
    private readonly BlockBuffer _images;
    private readonly BlockBuffer?[] _stored;

    private readonly double[] _blockLoss;
    private readonly int[] _blockCorrect;
    private readonly float[] _blockBiasGradients;

    // One phase an activation: all blocks pass through it before the next begins, since batch-norm needs the whole batch.
    private readonly Action<int, int>[] _forwardPhases;
    private readonly Action<int, int> _headPhase;
    private readonly Action<int, int>[] _backwardPhases;
    private readonly Action<int, int> _sumPhase;

    // What the running phase works on.
    private ImageBatch _batch = null!;
    private float _labelSmoothing;
    private float _lossScale;
    private bool _batchStatistics;
    private int _blocks;

    private (Action<int, int>[] Forward, Action<int, int> Head, Action<int, int>[] Backward, Action<int, int> Sum) MakePhases()
    {
        var forward = new Action<int, int>[_plan.Activations.Length];
        var backward = new Action<int, int>[_plan.Activations.Length];
        foreach (var activation in _plan.Activations)
        {
            forward[activation.Index] = (block, worker) => ForwardBlock(activation, block, _scratch[worker]);
            backward[activation.Index] = (block, worker) => BackwardBlock(activation, block, _scratch[worker]);
        }

        return (forward, (block, worker) => HeadBlock(block, _scratch[worker]), backward,
            (layer, _) => _squares[layer] = _weightLayers[layer].SumGradients(_blocks));
    }

    private void Forward(bool updateRunning)
    {
        foreach (var activation in _plan.Activations)
        {
            if (activation.Readers.Count == 0)
            {
                continue;
            }

            _team.Run(_blocks, _forwardPhases[activation.Index]);
            foreach (var reader in activation.Readers)
            {
                var norm = _convolutions[reader.Index].Norm;
                if (_batchStatistics)
                {
                    norm.UseBatchStatistics(_batch.Count, reader.Layer.OutputShape.PlaneSize, updateRunning);
                }
                else
                {
                    norm.UseRunningStatistics();
                }
            }
        }

        BeginDense(_head);
        _team.Run(_blocks, _headPhase);
        EndDense(_head);
        FinishGradients(_plan.Activations[^1]);
    }

    /// <summary>Puts a block of an activation together and runs the convolutions that read it.</summary>
    private void ForwardBlock(ActivationNode activation, int block, WorkerScratch scratch)
    {
        float* planes = MakeActivation(activation, block, scratch, first: true);
        foreach (var reader in activation.Readers)
        {
            var convolution = _convolutions[reader.Index];
            var shape = reader.Layer.OutputShape;
            _kernels.Convolve(new ConvolutionJob(convolution.Layer.Lists.Forward)
            {
                Input = planes,
                InputRow = reader.Layer.Stride * activation.Padded.RowFloats,
                Stride = reader.Layer.Stride,
                Output = convolution.Output(block, 0),
                OutputPlane = shape.PlaneSize * SparseKernels.Lanes,
                OutputRow = shape.Width * SparseKernels.Lanes,
                OutputPixel = SparseKernels.Lanes,
                Rows = shape.Height,
                Columns = shape.Width,
            });
            for (int channel = 0; _batchStatistics && channel < shape.Channels; channel++)
            {
                SetMoments(convolution, block, channel, shape.PlaneSize, scratch);
            }
        }
    }

    // The second sum finds the plane in the cache.
    private void SetMoments(ConvolutionState convolution, int block, int channel, int pixels, WorkerScratch scratch)
    {
        float* plane = convolution.Output(block, channel);
        int images = Math.Min(SparseKernels.Lanes, _batch.Count - block * SparseKernels.Lanes);
        float* lanes = scratch.LaneTotals.Pointer;
        _kernels.Sum(plane, pixels, lanes);
        double mean = SumOfImages(lanes, images) / ((double)images * pixels);

        // The sum of squares is taken around the mean as a float; the shift that this makes is taken out again.
        float centre = (float)mean;
        _kernels.SumOfSquares(plane, pixels, centre, lanes);
        double shift = mean - centre;
        convolution.Norm.SetMoments(block, channel, mean, SumOfImages(lanes, images) - shift * shift * images * pixels);
    }

    private static double SumOfImages(float* lanes, int images)
    {
        double sum = 0;
        for (int lane = 0; lane < images; lane++)
        {
            sum += lanes[lane];
        }

        return sum;
    }

    /// <summary>
    /// The padded planes of a block of an activation. Those of the image and of residual sums are kept when they are first
    /// made; all others are computed anew from the convolutions' outputs.
    /// </summary>
    private float* MakeActivation(ActivationNode activation, int block, WorkerScratch scratch, bool first)
    {
        if (activation.Index == 0)
        {
            float* images = _images.Block(block);
            if (first)
            {
                _loader.Load(_batch, block, images, activation.Padded, scratch.Image);
            }

            return images;
        }

        var padded = activation.Padded;
        float* planes = scratch.Activation(padded);
        var stored = _stored[activation.Index];
        for (int channel = 0; channel < activation.Shape.Channels; channel++)
        {
            float* plane = planes + channel * padded.PlaneFloats + padded.Origin;
            if (stored is not null && !first)
            {
                _kernels.Restore(stored.Plane(block, channel), plane, new PlaneShape(padded));
                continue;
            }

            _kernels.Activate(ActivationJobOf(activation, block, channel, plane));
        }

        return planes;
    }

    private ActivationJob ActivationJobOf(ActivationNode activation, int block, int channel, float* output)
    {
        var first = _convolutions[activation.Convolutions[0].Index];
        var second = activation.Convolutions.Count > 1 ? _convolutions[activation.Convolutions[1].Index] : null;
        var stored = _stored[activation.Index];
        return new ActivationJob
        {
            First = first.Output(block, channel),
            FirstFactor = first.Norm.Factor[channel],
            FirstAddend = first.Norm.Addend[channel],
            Second = second is null ? null : second.Output(block, channel),
            SecondFactor = second is null ? 0 : second.Norm.Factor[channel],
            SecondAddend = second is null ? 0 : second.Norm.Addend[channel],
            Residual = activation.Residuals.Count == 0 ? null : _stored[activation.Residuals[0].Index]!.Plane(block, channel),
            Output = output,
            Stored = stored is null ? null : stored.Plane(block, channel),
            Shape = new PlaneShape(activation.Padded),
        };
    }

    /// <summary>Pools the last activation, runs the linear layer and the loss, and goes back through them.</summary>
    private void HeadBlock(int block, WorkerScratch scratch)
    {
        var last = _plan.Activations[^1];
        float* planes = MakeActivation(last, block, scratch, first: true);
        float* features = scratch.Features.Pointer;
        float perPixel = 1f / last.Shape.PlaneSize;
        int paddedPixels = last.Padded.PlaneFloats / SparseKernels.Lanes;
        for (int channel = 0; channel < last.Shape.Channels; channel++)
        {
            // The border is zero, so the whole padded plane may be summed.
            float* feature = features + channel * SparseKernels.Lanes;
            _kernels.Sum(planes + channel * last.Padded.PlaneFloats, paddedPixels, feature);
            for (int lane = 0; lane < SparseKernels.Lanes; lane++)
            {
                feature[lane] *= perPixel;
            }
        }

        _kernels.Convolve(ConvolutionJob.OfLinear(_head.Lists.Forward, features, scratch.Logits.Pointer, _headBias.Values.Pointer));
        SetLoss(block, scratch);
        BackwardHead(block, scratch, planes, perPixel);
    }

    /// <summary>The block's loss, −Σ q·ln softmax(logits), and its gradient, softmax − q, where q is the smoothed target.</summary>
    private void SetLoss(int block, WorkerScratch scratch)
    {
        int classes = _plan.Head.Outputs;
        float* logits = scratch.Logits.Pointer;
        float* gradients = scratch.LogitGradients.Pointer;
        scratch.LogitGradients.Span.Clear();
        double loss = 0, even = (double)_labelSmoothing / classes;
        int correct = 0;
        for (int lane = 0; lane < Math.Min(SparseKernels.Lanes, _batch.Count - block * SparseKernels.Lanes); lane++)
        {
            int label = _batch.Labels[block * SparseKernels.Lanes + lane];
            int best = 0;
            for (int c = 1; c < classes; c++)
            {
                best = logits[c * SparseKernels.Lanes + lane] > logits[best * SparseKernels.Lanes + lane] ? c : best;
            }

            correct += best == label ? 1 : 0;
            double top = logits[best * SparseKernels.Lanes + lane], sum = 0, logitSum = 0;
            for (int c = 0; c < classes; c++)
            {
                double logit = logits[c * SparseKernels.Lanes + lane];
                sum += PortableMath.Exp(logit - top);
                logitSum += logit;
            }

            double normaliser = top + PortableMath.Log(sum);
            loss += normaliser - (1 - _labelSmoothing) * logits[label * SparseKernels.Lanes + lane] - even * logitSum;
            for (int c = 0; c < classes; c++)
            {
                double target = even + (c == label ? 1 - (double)_labelSmoothing : 0);
                gradients[c * SparseKernels.Lanes + lane] =
                    (float)((PortableMath.Exp(logits[c * SparseKernels.Lanes + lane] - normaliser) - target) * _lossScale);
            }
        }

        _blockLoss[block] = loss;
        _blockCorrect[block] = correct;
    }
}
