"""Writes the checkpoints beside it with real torch.save; needs torch. Run only to change them."""
import argparse, collections, datetime, os, pathlib, numpy, torch
from torch import nn
out=os.path.join(os.path.dirname(os.path.abspath(__file__)),'')
base=torch.arange(12,dtype=torch.float32)
sd=collections.OrderedDict()
small=torch.tensor([0,1,-2,0.5,3,-100],dtype=torch.float64).reshape(2,3)
for n,t in dict(f64=torch.float64,f32=torch.float32,f16=torch.float16,bf16=torch.bfloat16).items(): sd[n]=small.to(t)
for n,t in dict(i64=torch.int64,i32=torch.int32,i16=torch.int16,i8=torch.int8).items(): sd[n]=torch.tensor([[0,1,-2],[4,3,-100]],dtype=t)
sd['u8']=torch.tensor([[0,1,2],[4,3,200]],dtype=torch.uint8)
sd['bool']=torch.tensor([[False,True,True],[False,False,True]])
m=base.reshape(3,4)
sd['shared']=m; sd['transposed']=m.t(); sd['column']=m[:,1]; sd['rows']=m[1:]; sd['steps']=base[1::3]
sd['expanded']=torch.tensor([[7.],[8.]]).expand(2,3)
sd['half_transposed']=m.half().t()
sd['scalar']=torch.tensor(2.5); sd['empty']=torch.zeros(0,3)
sd['parameter']=nn.Parameter(torch.tensor([1.,2.])); 
sd._metadata=collections.OrderedDict([('',{'version':1})])
sd['note']='not a tensor'; sd['step']=3; sd['big']=1<<100; sd['fraction']=0.5; sd['size']=torch.Size([2,3])
torch.save({'epoch':7,'name':'x','state_dict':sd,'optimizer':{'state':{0:{'exp_avg':torch.ones(2)}},'param_groups':[{'lr':1e-3,'params':[0]}]}},out+'views.pth')
torch.save({'a':torch.arange(3.)},out+'legacy.pth',_use_new_zipfile_serialization=False)
torch.save({'a':torch.arange(3.)},out+'protocol4.pth',pickle_protocol=4)
class Evil:
    def __reduce__(self): return (os.system,('false',))
torch.save({'weights':torch.arange(3.),'x':Evil()},out+'os_system.pth')
net=nn.Linear(2,1); opt=torch.optim.AdamW(net.parameters(),1e-3); sched=torch.optim.lr_scheduler
net(torch.ones(2)).sum().backward(); opt.step()
schedule=sched.SequentialLR(opt,[sched.LambdaLR(opt,lambda step:1),sched.MultiStepLR(opt,[3,4],0.1)],[1])
ema=nn.Module(); ema.ema_models=nn.ModuleList([nn.ModuleDict({'ema_model':net})]); ema.register_buffer('step',torch.tensor(0))
torch.save({'it':3,'weights':net.state_dict(),'optimizer':opt.state_dict(),'scheduler':schedule.state_dict(),'ema':ema.state_dict()},out+'training.pth')

# A training run's own objects beside its state dict, in every protocol; and what stands in place of weights.
weight=torch.arange(3.); weight.tag='mine'
run=dict(args=argparse.Namespace(lr=1e-3,out=pathlib.PurePosixPath('/runs/1'),kinds={'a',2},first=weight),
         best=numpy.float32(0.5),curve=numpy.arange(4.),dtype=torch.bfloat16,device=torch.device('cpu'),started=datetime.datetime(2026,1,2),
         seen={1,2},fixed=frozenset((3,)),raw=bytearray(b'x'*300),blob=b'y',z=1+2j,span=range(3),layout=torch.strided,big=-(1<<40),
         groups=collections.defaultdict(list,a=[1]),rng=torch.zeros(4,dtype=torch.uint8),long='n'*300,text='\u00e9\u4e2d')
for protocol in 2,3,4,5:
    state=collections.OrderedDict(a=weight,b=nn.Parameter(torch.tensor([4.,5.])),half=torch.zeros(2,dtype=torch.float8_e4m3fn),wave=torch.zeros(2,dtype=torch.complex64),table=numpy.zeros(2))
    torch.save(dict(run,model=state),out+f'foreign{protocol}.pth',pickle_protocol=protocol)
torch.save({'args':argparse.Namespace(lr=1e-3),'net':nn.Linear(2,1)},out+'model.pth',pickle_protocol=5)
torch.save(nn.Linear(2,1),out+'bare_model.pth')
torch.jit.script(nn.Linear(2,1)).save(out+'script.pt')
torch.export.save(torch.export.export(nn.Linear(2,1),(torch.ones(1,2),)),out+'exported.pt2')
