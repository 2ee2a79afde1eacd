namespace MLNet.RandomPruning.SparseEngine;

internal sealed unsafe partial class TrainingPass
{
    // [activation]: the gradient of the sum in front of the rectifier; several share a place, and most have the place of outputs that
    // are needed no more.
    private readonly StoredPlanes[] _gradients;
    private readonly IReadOnlyList<StoredPlanes> _gradientPlaces;

    // The gradient of the pixels is for users, as floats.
    private readonly BlockBuffer _imageGradients;

    private void Backward()
    {
        for (int index = _plan.Activations.Length - 2; index >= 0; index--)
        {
            var activation = _plan.Activations[index];
            foreach (var reader in activation.Readers)
            {
                BeginDense(_convolutions[reader.Index].Layer);
            }

            _team.Run(_blocks, _backwardPhases[index]);
            foreach (var reader in activation.Readers)
            {
                EndDense(_convolutions[reader.Index].Layer);
            }

            FinishGradients(activation);
        }
    }

    private void FinishGradients(ActivationNode activation)
    {
        foreach (var node in activation.Convolutions)
        {
            _convolutions[node.Index].Norm.FinishGradients(_batch.Count, activation.Shape.PlaneSize, BatchStatistics);
        }
    }

    private void BackwardHead(int block, BandScratch scratch, float perPixel)
    {
        int classes = _plan.Head.Outputs;
        float* gradients = scratch.LogitGradients.Pointer;
        for (int output = 0; output < classes; output++)
        {
            _blockBiasGradients[block * classes + output] = LaneSums.Of(gradients + output * SparseKernels.Lanes);
        }

        SetWeightGradients(_head, block, scratch, new WeightGradientJob
        {
            Input = scratch.Features.Pointer,
            Gradient = gradients,
            GradientPlane = SparseKernels.Lanes,
            Stride = 1,
            Rows = 1,
            Columns = 1,
        });

        var last = _plan.Activations[^1];
        _kernels.Convolve(ConvolutionJob.OfLinear(_head.Lists.Backward[0], gradients, scratch.FeatureGradients.Pointer));
        for (int channel = 0; channel < last.Shape.Channels; channel++)
        {
            float* feature = scratch.FeatureGradients.Pointer + channel * SparseKernels.Lanes;
            for (int lane = 0; lane < SparseKernels.Lanes; lane++)
            {
                feature[lane] *= perPixel;
            }

            _bands.Fill(scratch.PlaneGradient.Pointer, last.Shape.PlaneSize, feature);
            float* plane = MakeLastPlane(block, channel, scratch);
            BackThroughActivation(last, block, channel, 0, scratch.PlaneGradient.Pointer, plane, PlaneShape.Flat(last.Shape), scratch, goOn: false);
        }

        SetGradientSums(last, block, scratch);
    }

    /// <summary>
    /// Gradients that flow into a block of an activation, band by band: from each convolution that reads it (with that
    /// convolution's weight gradients on the way) and from the sum that it is a summand of.
    /// </summary>
    private void BackwardBlock(ActivationNode activation, int block, BandScratch scratch)
    {
        var cut = _cuts[activation.Index];
        int images = ImagesOf(block);
        scratch.LaneMask.Span[..images].Fill(1);
        scratch.LaneMask.Span[images..].Clear();
        for (int band = 0; band < cut.Count; band++)
        {
            float* rows = MakeBand(activation, block, band, scratch, first: false);
            for (int place = 0; place < activation.Readers.Count; place++)
            {
                var convolution = _convolutions[activation.Readers[place].Index];
                float* outputGradient = MakeOutputGradient(convolution, place, block, band, scratch);
                SetWeightGradients(convolution, block, band, scratch, rows, outputGradient);
                if (activation.Index > 0 || _toImage)
                {
                    BackThroughConvolution(convolution, band, outputGradient, InputGradientRows(activation, block, band, scratch), accumulate: place > 0);
                }
            }

            if (activation.Index > 0)
            {
                BackThroughActivation(activation, block, band, rows, scratch);
            }
        }

        if (activation.Index > 0)
        {
            SetGradientSums(activation, block, scratch);
        }
    }

    /// <summary>The gradient of a convolution's output around a band, padded, from the gradient behind its batch-norm.</summary>
    private float* MakeOutputGradient(ConvolutionState convolution, int place, int block, int band, BandScratch scratch)
    {
        var reader = convolution.Node;
        var cut = _cuts[reader.Input.Index];
        var shape = reader.Layer.OutputShape;
        var window = scratch.Gradient(place, convolution.Layer.Lists.Gradient);
        int firstRow = cut.FirstOutput(reader, band);
        var (from, to) = window.MoveTo(firstRow, cut.EndOutput(reader, band), shape.Height);
        var rows = new PlaneShape(to - from, shape.Width, window.Layout.RowFloats);
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            _bands.NormGradient(
                _gradients[reader.Output.Index].Row(block, channel, from), convolution.Outputs.Row(block, channel, from),
                window.Row(channel, from, firstRow), rows, convolution.Norm.Gradient[channel], scratch.LaneMask.Pointer);
        }

        return window.Pointer;
    }

    private void SetWeightGradients(ConvolutionState convolution, int block, int band, BandScratch scratch, float* rows, float* outputGradient)
    {
        var reader = convolution.Node;
        var cut = _cuts[reader.Input.Index];
        var gradient = convolution.Layer.Lists.Gradient;
        SetWeightGradients(convolution.Layer, block, scratch, new WeightGradientJob
        {
            Input = rows,
            InputRow = reader.Layer.Stride * cut.Layout.RowFloats,
            Stride = reader.Layer.Stride,
            Gradient = outputGradient + gradient.Origin,
            GradientPlane = gradient.PlaneFloats,
            GradientRow = gradient.RowFloats,
            Rows = cut.EndOutput(reader, band) - cut.FirstOutput(reader, band),
            Columns = reader.Layer.OutputShape.Width,
            Accumulate = band > 0,
        });
    }

    // Whoever asks for the gradient of the image has no use for those of the weights.
    private void SetWeightGradients(LayerState layer, int block, BandScratch scratch, WeightGradientJob job)
    {
        if (!_toImage)
        {
            job.Taps = layer.WeightGradient.Taps;
            job.Scratch = scratch.WeightGradient.Pointer;
            job.Sums = layer.WeightGradient[block];
            _kernels.WeightGradients(job);
        }
    }

    /// <summary>Where the gradient of a band of an activation is gathered.</summary>
    private PlaneRows InputGradientRows(ActivationNode activation, int block, int band, BandScratch scratch)
    {
        var cut = _cuts[activation.Index];
        int first = cut.First(band);
        return activation.Index == 0
            ? new PlaneRows(_imageGradients.Block(block) + first * activation.Shape.Width * SparseKernels.Lanes, activation.Shape.PlaneSize * SparseKernels.Lanes)
            : OutputRows(_gradients[activation.Index], block, first, cut.End(band) - first, scratch);
    }

    /// <summary>A convolution's part of the gradient of a band of its input, a phase of pixels at a time.</summary>
    private void BackThroughConvolution(
        ConvolutionState convolution, int band, float* outputGradient, PlaneRows inputGradient, bool accumulate)
    {
        var layer = convolution.Node.Layer;
        var lists = convolution.Layer.Lists;
        var cut = _cuts[convolution.Node.Input.Index];
        int stride = layer.Stride;
        int row = layer.InputShape.Width * SparseKernels.Lanes;
        int rows = cut.End(band) - cut.First(band);
        for (int phase = 0; phase < lists.Backward.Length; phase++)
        {
            int firstRow = phase / stride, firstColumn = phase % stride;
            _kernels.Convolve(new ConvolutionJob(lists.Backward[phase])
            {
                Input = outputGradient,
                InputRow = lists.Gradient.RowFloats,
                Output = inputGradient.First + firstRow * row + firstColumn * SparseKernels.Lanes,
                OutputPlane = inputGradient.Plane,
                OutputRow = stride * row,
                OutputPixel = stride * SparseKernels.Lanes,
                Rows = (rows - firstRow + stride - 1) / stride,
                Columns = (layer.InputShape.Width - firstColumn + stride - 1) / stride,
                Accumulate = accumulate,
            });
        }
    }

    /// <summary>A band's gradient back through residual sum and rectifier.</summary>
    private void BackThroughActivation(ActivationNode activation, int block, int band, float* rows, BandScratch scratch)
    {
        var cut = _cuts[activation.Index];
        var shape = new PlaneShape(cut.End(band) - cut.First(band), activation.Shape.Width, cut.Layout.RowFloats);
        var gradient = InputGradientRows(activation, block, band, scratch);
        for (int channel = 0; channel < activation.Shape.Channels; channel++)
        {
            float* plane = rows + channel * cut.Layout.PlaneFloats + cut.Layout.Origin;
            BackThroughActivation(activation, block, channel, cut.First(band), gradient.First + channel * gradient.Plane, plane, shape, scratch, goOn: band > 0);
        }
    }

    /// <summary>Some rows of one channel, with the sums that batch-norm's gradient needs.</summary>
    private void BackThroughActivation(
        ActivationNode activation, int block, int channel, int row, float* gradient, float* plane, in PlaneShape rows, BandScratch scratch, bool goOn)
    {
        var first = _convolutions[activation.Convolutions[0].Index];
        var second = activation.Convolutions.Count > 1 ? _convolutions[activation.Convolutions[1].Index] : null;
        _bands.BackThroughActivation(new ActivationGradientJob
        {
            Gradient = gradient,
            Target = _gradients[activation.Index].Row(block, channel, row),
            Residual = activation.ResidualUsers.Count == 0 ? null : _gradients[activation.ResidualUsers[0].Index].Row(block, channel, row),
            Activation = plane,
            First = first.Outputs.Row(block, channel, row),
            FirstMean = first.Norm.Mean[channel],
            Second = second is null ? null : second.Outputs.Row(block, channel, row),
            SecondMean = second is null ? 0 : second.Norm.Mean[channel],
            Shape = rows,
            Sums = scratch.GradientSums.Pointer + channel * BandKernels.GradientSumFloats,
            GoOn = goOn,
        });
    }

    private void SetGradientSums(ActivationNode activation, int block, BandScratch scratch)
    {
        for (int channel = 0; channel < activation.Shape.Channels; channel++)
        {
            float* sums = scratch.GradientSums.Pointer + channel * BandKernels.GradientSumFloats;
            double sum = SumOfImages(sums);
            for (int term = 0; term < activation.Convolutions.Count; term++)
            {
                _convolutions[activation.Convolutions[term].Index].Norm
                    .SetGradientSums(block, channel, sum, SumOfImages(sums + (term + 1) * SparseKernels.Lanes));
            }
        }
    }

    private static double SumOfImages(float* lanes)
    {
        double sum = 0;
        for (int lane = 0; lane < SparseKernels.Lanes; lane++)
        {
            sum += lanes[lane];
        }

        return sum;
    }

    private void Gather(int image, Span<float> destination)
    {
        var shape = _plan.Network.InputShape;
        int lane = image % SparseKernels.Lanes, next = 0;
        for (int channel = 0; channel < shape.Channels; channel++)
        {
            float* plane = _imageGradients.Plane(image / SparseKernels.Lanes, channel) + lane;
            for (int pixel = 0; pixel < shape.PlaneSize; pixel++)
            {
                destination[next++] = plane[pixel * SparseKernels.Lanes] * _loader.Factor[channel];
            }
        }
    }
}
