"""Writes the checkpoints beside it with real torch.save; needs torch. Run only to change them."""
import collections, os, torch
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
